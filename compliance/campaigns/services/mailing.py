"""Which mails there are to be: reminders, and mails once more."""

from datetime import datetime, timedelta

from django.db import transaction

from compliance.campaigns.models import BounceEvent, Campaign, Invitation, Message
from compliance.campaigns.queries import first_notice_times, last_reminders, shown_mails, to_remind, unwanted
from compliance.campaigns.rules import GONE_OUT, LIVE, CampaignState, MessageKind, MessageState
from compliance.campaigns.rules.schedule import reminder_at
from compliance.campaigns.services.inviting import clock_of
from compliance.campaigns.services.log import CampaignRefused, log
from organisations.queries import in_batches
from organisations.services import Event, append_evidence

DAY = timedelta(hours=24)  # that somebody has left to answer after a reminder, at least
AGAIN = {
    "failed": (MessageState.FAILED,),
    "bounced": (MessageState.BOUNCED,),
    "unknown": (MessageState.UNKNOWN,),
}


@transaction.atomic
def queue_reminders(*, campaign: Campaign, now: datetime) -> int:
    """Reminders whose time has come, one a person at most; returns how many. Idempotent.

    A reminder is a row only when it is due: so an answer needs nothing to be taken back."""
    if campaign.state != CampaignState.RUNNING or not campaign.reminders:
        return 0
    waiting = {row.pk: row for row in to_remind(campaign)}
    firsts = first_notice_times(campaign)
    reminded = last_reminders(campaign)
    rows = []
    for pk, invitation in waiting.items():
        first, (last, ended) = firsts.get(pk), reminded.get(pk, (0, firsts.get(pk)))
        if first is None or ended is None or last >= campaign.reminders:
            continue
        clock = clock_of(campaign, invitation.country, invitation.subdivision)
        # Counted from the mail before too: after a pause they must not come one on the heels of the other.
        step, every = last + 1, campaign.reminder_days
        due = max(reminder_at(clock, first, step, every), reminder_at(clock, ended, 1, every))
        if due <= now < invitation.closes_at - DAY:
            rows.append(_reminder(campaign, invitation, step, now))
    Message.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def _reminder(campaign: Campaign, invitation: Invitation, step: int, now: datetime) -> Message:
    clock = clock_of(campaign, invitation.country, invitation.subdivision)
    return Message(
        organisation_id=campaign.organisation_id,
        campaign=campaign,
        invitation=invitation,
        kind=MessageKind.REMINDER,
        step=step,
        due_at=clock.open_at(now),
        created_at=now,
    )


@transaction.atomic
def send_again(*, campaign: Campaign, which: str, now: datetime) -> int:
    """Puts a campaign's mails of a kind back into the queue, as if they had never been tried; returns how many.

    `which` is `failed`, `bounced`, `unknown`, or `unanswered`: the first notice once more to everybody silent. Whoever
    has answered is left out, but not in works-council mode."""
    if campaign.state not in LIVE:
        raise CampaignRefused("Only a running campaign sends mails.")
    if which == "unanswered":
        if campaign.organisation.works_council_mode:
            raise CampaignRefused("In works-council mode nobody may see who is silent. The reminders write to them.")
        ids = list(to_remind(campaign).filter(closes_at__gt=now).values_list("pk", flat=True))
        sent = [
            Message.objects.filter(invitation__in=some, kind=MessageKind.INSTRUCTION, state__in=GONE_OUT)
            for some in in_batches(ids)
        ]
    else:
        rows = Message.objects.filter(campaign=campaign, state__in=AGAIN[which]).filter(~unwanted(now))
        if campaign.organisation.works_council_mode:  # who is left out would be known to have answered
            rows = rows.filter(shown_mails(campaign.organisation, people=True))
        else:
            rows = rows.filter(invitation__answered_at=None)
        ids = list(rows.order_by().values_list("pk", flat=True))
        sent = [Message.objects.filter(campaign=campaign, pk__in=some) for some in in_batches(ids)]
    for rows in sent:
        # What came back stays known: a report of an earlier instant says that it had.
        BounceEvent.objects.filter(message__in=rows, sent_again_at=None).update(sent_again_at=now)
    again = sum(
        rows.update(state=MessageState.QUEUED, due_at=now, attempts=0, detail="", dead=False, bounced_at=None)
        for rows in sent
    )
    log(campaign, "campaign.sent_again", {"which": which, "messages": again}, now)
    return again


@transaction.atomic
def stop_reminders(*, invitation: Invitation, now: datetime) -> None:
    """The person wants no reminders; the link goes on working. Not an answer, and not kept as one."""
    if Invitation.objects.filter(pk=invitation.pk, stopped_at=None).update(stopped_at=now):
        cancel_reminders(invitation)
        # Whose it was is personal: the number of a link stands in entries that say whose it is.
        facts, personal = {"campaign": invitation.campaign_id}, {"employee": invitation.employee_id}
        event = Event("invitation.reminders_stopped", facts, personal)
        append_evidence(organisation=invitation.campaign.organisation, events=[event], now=now)


def cancel_reminders(invitation: Invitation) -> None:
    """What waits to remind this person is not sent."""
    waiting = Message.objects.filter(invitation=invitation, kind=MessageKind.REMINDER, state=MessageState.QUEUED)
    waiting.update(state=MessageState.CANCELLED)
