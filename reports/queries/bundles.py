"""Bundles of reports as rows."""

from datetime import datetime

from django.db.models import QuerySet

from organisations.models import Organisation
from reports.models import Report, ReportBundle
from reports.rules import ReportState


def last_bundle(report: Report) -> ReportBundle | None:
    return ReportBundle.objects.filter(report=report).order_by("-pk").first()


def bundles(organisation: Organisation, *, names: bool) -> QuerySet[ReportBundle]:
    """Newest first, with their reports; `names`: also those of reports that list people."""
    rows = ReportBundle.objects.filter(report__organisation=organisation).select_related("report__campaign")
    return (rows if names else rows.filter(report__names=False)).order_by("-id")


def waiting_bundles() -> list[int]:
    """Of all organisations, longest waiting first."""
    rows = ReportBundle.objects.filter(state=ReportState.QUEUED).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:20])


def bundle_files() -> set[str]:
    """Files that are there, or being written, of all organisations, below MEDIA_ROOT."""
    being_made = ReportBundle.objects.filter(state=ReportState.RUNNING).select_related("report")
    made = ReportBundle.objects.exclude(file="").values_list("file", flat=True)
    return {*(bundle.file_to_be for bundle in being_made), *made}


def forgettable_bundles(before: datetime) -> QuerySet[ReportBundle]:
    """Those finished before an instant whose files are there, of all organisations."""
    rows = ReportBundle.objects.filter(finished_at__lt=before).exclude(file="")
    return rows.select_related("report").order_by("pk")
