from celery import shared_task
from django.utils import timezone

from employees import services
from employees.queries import COMMIT_ENDS_WITHIN, waiting_imports
from organisations.doorbell import ring


@shared_task(queue="reports", soft_time_limit=300, time_limit=330)
def plan_roster(import_id: int) -> None:
    services.plan_import(import_id=import_id, now=timezone.now())


@shared_task(queue="reports", soft_time_limit=300, time_limit=int(COMMIT_ENDS_WITHIN.total_seconds()))
def commit_roster(import_id: int) -> None:
    services.finish_commit(import_id=import_id, now=timezone.now())


@shared_task(queue="system", expires=60)
def sweep_imports() -> None:
    """Rings again for imports that wait, frees those whose worker died, and lets go of what nobody needs any more."""
    services.release_expired(now=timezone.now())
    services.purge_ended(now=timezone.now())
    to_read, to_commit = waiting_imports()
    for pk in to_read:
        ring(plan_roster, import_id=pk)
    for pk in to_commit:
        ring(commit_roster, import_id=pk)
