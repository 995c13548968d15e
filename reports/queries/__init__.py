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
from reports.queries.evidence import checkpoint_over, entries_about
from reports.queries.jobs import report, reports
from reports.queries.kept import Standing, standing
from reports.queries.readiness import Counted, PolicyRow, Readiness, as_shown, readiness, versions_of
from reports.queries.tallies import tally
from reports.queries.waiting import Halted, halted, mails_to_look_at

__all__ = [
    "Act",
    "Background",
    "Counted",
    "Dispatch",
    "Ground",
    "Halted",
    "LetterSent",
    "Mail",
    "PolicyRow",
    "Readiness",
    "Standing",
    "acts",
    "as_shown",
    "background",
    "checkpoint_over",
    "counts_without_names",
    "dispatches",
    "entries_about",
    "grounds",
    "halted",
    "invited_countries",
    "letters_sent",
    "listed",
    "mails",
    "mails_to_look_at",
    "readiness",
    "report",
    "reports",
    "standing",
    "tally",
    "versions_of",
]
