from celery import shared_task
from django.utils import timezone

from organisations.doorbell import ring
from reports.models import Report
from reports.queries.bundles import waiting_bundles
from reports.queries.kept import behind
from reports.queries.schedules import due_report_mails, living_schedules, to_announce
from reports.rules import ReportState
from reports.services import (
    announce,
    build_bundle,
    build_report,
    forget_old_files,
    forget_old_report_bundles,
    keep_figures,
    release_expired,
    release_expired_bundles,
    run_due,
    send_due_reports,
)


@shared_task(queue="reports", soft_time_limit=420, time_limit=450)
def make_report(report_id: int) -> None:
    build_report(report_id=report_id, now=timezone.now())


@shared_task(queue="reports", soft_time_limit=420, time_limit=450)
def make_bundle(bundle_id: int) -> None:
    build_bundle(bundle_id=bundle_id, now=timezone.now())


@shared_task(queue="system", expires=60)
def sweep_reports() -> None:
    """Rings again for reports and bundles that wait, and frees those whose worker died."""
    release_expired(now=timezone.now())
    release_expired_bundles(now=timezone.now())
    for pk in waiting_bundles():
        ring(make_bundle, bundle_id=pk)
    for pk in Report.objects.filter(state=ReportState.QUEUED).order_by("id").values_list("pk", flat=True)[:20]:
        ring(make_report, report_id=pk)


@shared_task(queue="mail", expires=300, soft_time_limit=840, time_limit=900)
def mail_reports() -> None:
    send_due_reports(now=timezone.now())


@shared_task(queue="system", expires=60)
def sweep_schedules() -> None:
    """Asks for scheduled reports that are due, queues mails about those that are made, lets go of old files."""
    now = timezone.now()
    for schedule in living_schedules():
        for pk in run_due(schedule=schedule, now=now):
            ring(make_report, report_id=pk)
    for run in to_announce():
        announce(run=run, now=now)
    if due_report_mails(now):
        ring(mail_reports)
    forget_old_files(now=now)
    forget_old_report_bundles(now=now)


@shared_task(queue="reports", expires=60, soft_time_limit=280, time_limit=300)
def count_figures(campaign_id: int) -> None:
    keep_figures(campaign_id=campaign_id, now=timezone.now())


@shared_task(queue="system", expires=60)
def sweep_figures() -> None:
    """Rings for live campaigns whose kept figures have fallen behind though nobody looks at them."""
    for pk in behind(timezone.now()):
        ring(count_figures, campaign_id=pk)
