from celery import shared_task
from django.utils import timezone

from compliance.campaigns.queries import anything_due, running_campaigns
from compliance.campaigns.services.campaigns import follow_roster
from compliance.campaigns.services.delivery import deliver_due, release_expired
from organisations.doorbell import ring


@shared_task(queue="mail", soft_time_limit=840, time_limit=900)
def deliver_messages() -> None:
    """The doorbell: whoever answers it sends what is due."""
    deliver_due()


@shared_task(queue="system", expires=60)
def sweep_messages() -> None:
    """Releases what dead workers held and rings again for what nobody answered."""
    now = timezone.now()
    release_expired(now=now)
    if anything_due(now):
        ring(deliver_messages)


@shared_task(queue="system", expires=1800)
def reconcile_campaigns(organisation_id: int | None = None) -> None:
    """Running campaigns follow the roster; rung after every import, repeated by the clock."""
    now = timezone.now()
    for campaign in running_campaigns(organisation_id):
        follow_roster(campaign=campaign, now=now)
    if anything_due(now):
        ring(deliver_messages)
