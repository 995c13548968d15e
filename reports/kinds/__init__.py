"""The kinds of report: each assembles its own figures and pages from shared parts."""

from reports.kinds import campaign, comparison, readiness, region
from reports.kinds.annexes import annex_job
from reports.kinds.content import AnnexTable, Content, NotPossible, Step
from reports.models import Report
from reports.rules import ReportKind

_ASSEMBLE = {
    ReportKind.READINESS: readiness.content,
    ReportKind.CAMPAIGN: campaign.content,
    ReportKind.REGION: region.content,
    ReportKind.COMPARISON: comparison.content,
}


def assemble(report: Report, step: Step) -> Content:
    """Everything that a report says, in the language that is active. Raises NotPossible, which says why."""
    return _ASSEMBLE[ReportKind(report.kind)](report, step)


__all__ = ["AnnexTable", "Content", "NotPossible", "Step", "annex_job", "assemble"]
