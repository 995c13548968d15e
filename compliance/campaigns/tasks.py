import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from compliance.campaigns.gateways.mailbox import MailboxAway, empty, parse_mailbox
from compliance.campaigns.queries import anything_due, anything_on_its_way, running_campaigns
from compliance.campaigns.services import (
    close_overdue,
    follow_roster,
    prepare_rounds,
    queue_reminders,
)
from compliance.campaigns.services.delivery import deliver_due, release_expired
from compliance.campaigns.services.intake import take_report
from organisations.doorbell import ring
from organisations.here import within

logger = logging.getLogger(__name__)


@shared_task(queue="mail", soft_time_limit=840, time_limit=900)
def deliver_messages() -> None:
    """The doorbell: whoever answers it sends what is due, and rings for the next one before its time is over."""
    # Nothing done, and something due: it waits for its rate, and the sweeper rings again.
    if deliver_due() and anything_due(timezone.now()):
        ring(deliver_messages)


@shared_task(queue="system", expires=60)
def sweep_messages() -> None:
    """Releases what dead workers held and rings again for what nobody answered."""
    now = timezone.now()
    release_expired(now=now)
    # Somebody who sends goes on until nothing is due: ringing then would only tie up the other workers.
    if anything_due(now) and not anything_on_its_way(now):
        ring(deliver_messages)


@shared_task(queue="mail", expires=300, soft_time_limit=300, time_limit=360)
def read_bounces() -> None:
    """Empties the bounce mailbox, where there is one."""
    if not settings.BOUNCE_MAILBOX_URL:
        return
    try:
        empty(parse_mailbox(settings.BOUNCE_MAILBOX_URL), lambda content: take_report(content, now=timezone.now()))
    except MailboxAway as error:
        logger.error("%s", error)


@shared_task(queue="system", expires=1800)
def reconcile_campaigns(organisation_id: int | None = None) -> None:
    """Running campaigns follow the roster, remind, and end on their day; rung after every import, repeated by the
    clock."""
    now = timezone.now()
    close_overdue(now=now)
    for campaign in running_campaigns(organisation_id):
        try:
            with within(campaign.organisation_id, campaign):
                follow_roster(campaign=campaign, now=now)
                queue_reminders(campaign=campaign, now=now)
        except Exception:  # broad: one campaign's trouble must not keep the others waiting
            logger.exception("Campaign %s could not be brought in line.", campaign.pk)
    prepare_rounds(now=now)
    if anything_due(now):
        ring(deliver_messages)
