"""Files of reports go after the days for which their organisation keeps them."""

from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from organisations.services import Event, append_evidence
from reports.models import Report
from reports.queries.schedules import reports_to_forget


def forget_old_files(*, now: datetime) -> int:
    """Deletes what has been kept long enough; returns of how many reports. Figures and SHA-256 stay."""
    return sum(_forget(pk, now) for pk in reports_to_forget(now))


@transaction.atomic
def _forget(report_id: int, now: datetime) -> bool:
    report = Report.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=report_id)
    if not report.files:
        return False  # another worker was first
    Report.objects.filter(pk=report.pk).update(files={}, file="")
    facts = {"report": report.pk, "files": len(report.files)}
    append_evidence(organisation=report.organisation, events=[Event("report.files_deleted", facts)], now=now)
    transaction.on_commit(partial(delete_files, report.organisation_id, report.pk))
    return True


def delete_files(organisation_id: int, report_id: int) -> None:
    """By the report's number: also what a worker that died left half-written."""
    folder = Path(settings.MEDIA_ROOT) / "reports" / str(organisation_id)
    for path in folder.glob(f"{report_id}-*"):
        path.unlink(missing_ok=True)
