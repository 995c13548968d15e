"""Every read of figures and reports."""

from reports.queries.content import Background, background
from reports.queries.dispatches import (
    Act,
    Dispatch,
    Ground,
    LetterSent,
    Mail,
    acts,
    counts_without_names,
    dispatches,
    grounds,
    invited_countries,
    letters_sent,
    listed,
    mails,
)
from reports.queries.jobs import report, reports
from reports.queries.readiness import PolicyRow, Readiness, readiness
from reports.queries.tallies import tally

__all__ = [
    "Act",
    "Background",
    "Dispatch",
    "Ground",
    "LetterSent",
    "Mail",
    "PolicyRow",
    "Readiness",
    "acts",
    "background",
    "counts_without_names",
    "dispatches",
    "grounds",
    "invited_countries",
    "letters_sent",
    "listed",
    "mails",
    "readiness",
    "report",
    "reports",
    "tally",
]
