"""Every read of figures and reports."""

from reports.queries.content import (
    Background,
    LetterSent,
    asked_of_whom,
    background,
    letters_sent,
    log_as_of,
    mails_as_of,
    mails_by_kind,
    sent_by,
)
from reports.queries.jobs import previous, report, report_settings, reports
from reports.queries.readiness import PolicyRow, Readiness, effective_days, readiness
from reports.queries.tallies import requests_as_of, tally

__all__ = [
    "Background",
    "LetterSent",
    "PolicyRow",
    "Readiness",
    "asked_of_whom",
    "background",
    "effective_days",
    "letters_sent",
    "log_as_of",
    "mails_as_of",
    "mails_by_kind",
    "previous",
    "readiness",
    "report",
    "report_settings",
    "reports",
    "requests_as_of",
    "sent_by",
    "tally",
]
