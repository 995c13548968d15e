from celery import shared_task
from django.utils import timezone

from organisations.doorbell import ring
from reports.models import Report
from reports.rules import ReportState
from reports.services import build_report, release_expired


@shared_task(queue="reports", soft_time_limit=420, time_limit=450)
def make_report(report_id: int) -> None:
    build_report(report_id=report_id, now=timezone.now())


@shared_task(queue="system", expires=60)
def sweep_reports() -> None:
    """Rings again for reports that wait, and frees those whose worker died."""
    release_expired(now=timezone.now())
    for pk in Report.objects.filter(state=ReportState.QUEUED).order_by("id").values_list("pk", flat=True)[:20]:
        ring(make_report, report_id=pk)
