from celery import shared_task
from django.utils import timezone

from compliance.attestations.services import publish_counts as publish
from compliance.attestations.services import reconcile_answers as reconcile


@shared_task(queue="system", expires=600)
def publish_counts() -> None:
    """Lets figures see what has been counted without names, once enough people more are in it."""
    publish(now=timezone.now())


@shared_task(queue="system", expires=3600)
def reconcile_answers() -> None:
    """Holds every current answer against the recorded ones, once a night."""
    reconcile(now=timezone.now())
