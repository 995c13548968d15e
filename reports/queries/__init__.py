"""Every read of figures and reports."""

from reports.queries.content import Background, background
from reports.queries.evidence import checkpoint_over, entries_about
from reports.queries.jobs import report, reports
from reports.queries.readiness import PolicyRow, Readiness, readiness
from reports.queries.tallies import tally

__all__ = [
    "Background",
    "PolicyRow",
    "Readiness",
    "background",
    "checkpoint_over",
    "entries_about",
    "readiness",
    "report",
    "reports",
    "tally",
]
