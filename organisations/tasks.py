from celery import shared_task
from django.conf import settings
from django.utils import timezone

from organisations.doorbell import ring
from organisations.here import within
from organisations.queries.evidence import due_mails, due_stamps, logs_without_checkpoint_since, waiting_jobs
from organisations.services import (
    forget_old_bundles,
    release_expired_jobs,
    run_job,
    send_due_checkpoints,
    stamp_due,
    take_checkpoint,
)


@shared_task(queue="system", expires=600, soft_time_limit=840, time_limit=900)
def take_checkpoints() -> None:
    """One a day for each log that has grown; the first tick of a day takes them, a later one what was missed."""
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for organisation in logs_without_checkpoint_since(midnight):
        with within(organisation.pk):
            take_checkpoint(organisation=organisation, now=now)


@shared_task(queue="mail", expires=300, soft_time_limit=840, time_limit=900)
def mail_checkpoints() -> None:
    send_due_checkpoints(now=timezone.now())


@shared_task(queue="system", expires=300, soft_time_limit=840, time_limit=900)
def stamp_checkpoints() -> None:
    stamp_due(now=timezone.now())


@shared_task(queue="reports", soft_time_limit=840, time_limit=900)
def run_evidence_job(job_id: int) -> None:
    run_job(job_id=job_id, now=timezone.now())


@shared_task(queue="system", expires=60)
def sweep_evidence() -> None:
    """Rings again for jobs and mails that wait, frees jobs whose worker died, lets go of old bundles."""
    now = timezone.now()
    release_expired_jobs(now=now)
    forget_old_bundles(now=now)
    for pk in waiting_jobs():
        ring(run_evidence_job, job_id=pk)
    if due_mails(now):
        ring(mail_checkpoints)
    if settings.TIMESTAMP_URL and due_stamps(now):
        ring(stamp_checkpoints)
