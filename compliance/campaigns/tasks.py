from celery import shared_task
from django.utils import timezone

from compliance.campaigns.queries import anything_due, anything_on_its_way, running_campaigns
from compliance.campaigns.services.campaigns import close_overdue, follow_roster
from compliance.campaigns.services.delivery import deliver_due, release_expired
from organisations.doorbell import ring


@shared_task(queue="mail", soft_time_limit=840, time_limit=900)
def deliver_messages() -> None:
    """The doorbell: whoever answers it sends what is due, and rings for the next one before its time is over."""
    deliver_due()
    if anything_due(timezone.now()):
        ring(deliver_messages)


@shared_task(queue="system", expires=60)
def sweep_messages() -> None:
    """Releases what dead workers held and rings again for what nobody answered."""
    now = timezone.now()
    release_expired(now=now)
    # Somebody who sends goes on until nothing is due: ringing then would only tie up the other workers.
    if anything_due(now) and not anything_on_its_way(now):
        ring(deliver_messages)


@shared_task(queue="system", expires=1800)
def reconcile_campaigns(organisation_id: int | None = None) -> None:
    """Running campaigns follow the roster and end on their day; rung after every import, repeated by the clock."""
    now = timezone.now()
    close_overdue(now=now)
    for campaign in running_campaigns(organisation_id):
        follow_roster(campaign=campaign, now=now)
    if anything_due(now):
        ring(deliver_messages)
