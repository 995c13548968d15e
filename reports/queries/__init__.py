"""Every read of figures and reports."""

from reports.queries.content import Background, background
from reports.queries.jobs import report, reports
from reports.queries.readiness import PolicyRow, Readiness, readiness
from reports.queries.tallies import tally

__all__ = ["Background", "PolicyRow", "Readiness", "background", "readiness", "report", "reports", "tally"]
