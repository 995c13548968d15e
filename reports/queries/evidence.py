"""What the evidence log says about a report."""

from organisations.models import EvidenceCheckpoint, EvidenceEntry
from organisations.queries.evidence import checkpoints
from organisations.rules.auditing import KEY_ADDED
from reports.models import Report

MADE = "report.made"
_ABOUT = ("report.requested", MADE, "report.downloaded", "report.bundle_downloaded", "report.mailed")


def entries_about(report: Report, up_to: int) -> list[int]:
    """Numbers of the entries about a report, and of those that name the keys that signed."""
    rows = EvidenceEntry.objects.filter(organisation=report.organisation_id, seq__lte=up_to).order_by("seq")
    about = rows.filter(kind__in=_ABOUT, facts__report=report.pk)
    return sorted({*about.values_list("seq", flat=True), *rows.filter(kind=KEY_ADDED).values_list("seq", flat=True)})


def checkpoint_over(report: Report) -> EvidenceCheckpoint | None:
    """The newest checkpoint, when the report's making stands before it."""
    rows = EvidenceEntry.objects.filter(organisation=report.organisation_id, kind=MADE, facts__report=report.pk)
    made = rows.order_by("seq").values_list("seq", flat=True).first()
    newest = checkpoints(report.organisation).first()
    return newest if made and newest and newest.seq >= made else None
