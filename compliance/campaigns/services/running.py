"""What a started campaign goes through: start, roster changes, pause, resume, cancel, close."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from compliance.campaigns.models import Campaign, Invitation, Message
from compliance.campaigns.queries import audience_of, audience_people, bounce_figures, late_places, overdue_campaigns
from compliance.campaigns.rules import LIVE, CampaignState, MessageKind, MessageState, too_many_bounces
from compliance.campaigns.services.inviting import WORKS_COUNCIL, invite
from compliance.campaigns.services.log import CampaignRefused, locked, log
from employees.models import Employee
from organisations.models import User
from organisations.queries import in_batches


@transaction.atomic
def start_campaign(*, campaign: Campaign, now: datetime, user: User | None = None) -> int:
    """Invites everybody concerned and queues their mails; returns how many. Raises CampaignRefused.

    `user` is whoever starts it; a campaign above the organisation's size needs a second person's approval."""
    draft = locked(campaign)
    if draft.state != CampaignState.DRAFT:
        raise CampaignRefused(f"This campaign is {draft.state} already.")
    if draft.closes_at <= now:
        raise CampaignRefused("The last day to answer has passed. Choose a later one.")
    if missing := draft.terms.missing():
        raise CampaignRefused(" ".join(missing))
    _refuse_without_agreement(draft, now, user)
    draft.state, draft.started_at = CampaignState.RUNNING, now
    draft.save(update_fields=["state", "started_at"])
    invited = invite(draft, now)
    if not invited:
        raise CampaignRefused("Nobody on the roster is concerned. Import the roster first, or choose other policies.")
    if late := late_places(draft):
        raise CampaignRefused(
            f"In {', '.join(late)} the first mail would go after the last day to answer. Choose a later last day, or "
            "write outside working hours."
        )
    facts: dict[str, object] = {
        "invited": invited,
        "lawful_basis": draft.lawful_basis,
        "assessment": draft.assessment,
        "retention_days": draft.retention_days,
    }
    log(draft, "campaign.started", facts, now)
    return invited


def outgrown(campaign: Campaign, people: int) -> str:
    """Why an approval is not enough any more."""
    words = _("It was approved for %(approved)s people and reaches %(people)s now: somebody has to approve it again.")
    return words % {"approved": number_format(campaign.approved_people or 0), "people": number_format(people)}


def _refuse_without_agreement(campaign: Campaign, now: datetime, user: User | None) -> None:
    audience = audience_of(campaign, now.date())
    places = [row.name for row in audience if row.requires == WORKS_COUNCIL]
    if places and not campaign.works_council.strip():
        raise CampaignRefused(
            f"People in {', '.join(places)} may be asked only in agreement with the works council. "
            "Write down the agreement, or why none is needed, and start again."
        )
    people, above = sum(row.people for row in audience), campaign.organisation.approval_above
    if people > above and campaign.approved_by_id and not campaign.approved_for(people):
        raise CampaignRefused(outgrown(campaign, people))
    if people > above and (campaign.approved_by_id is None or (user and campaign.approved_by_id == user.pk)):
        raise CampaignRefused(
            f"This reaches {people:,} people. Above {above:,}, a second owner or administrator has to approve it, "
            "and somebody else has to start it."
        )


@transaction.atomic
def follow_roster(*, campaign: Campaign, now: datetime) -> tuple[int, int]:
    """Brings a running campaign in line with the roster: (people added, people taken out). Idempotent."""
    live = locked(campaign)
    if live.state not in LIVE or live.closes_at <= now:
        return 0, 0
    gone = Invitation.objects.filter(campaign=live, revoked_at=None, employee__status=Employee.Status.LEFT)
    ids = list(gone.values_list("pk", flat=True))
    for some in in_batches(ids):
        Invitation.objects.filter(campaign=live, pk__in=some).update(revoked_at=now)
        Message.objects.filter(invitation__in=some, state=MessageState.QUEUED).update(state=MessageState.CANCELLED)
    added = _welcome_back(live, now) + (invite(live, now, joining=True) if live.rolling else 0)
    if ids or added:
        log(live, "campaign.followed_roster", {"invited": added, "withdrawn": len(ids)}, now)
    return added, len(ids)


def _welcome_back(campaign: Campaign, now: datetime) -> int:
    """People whom a file had left out and a later one has again: their links live, unsent instructions go out."""
    meant = Q(employee__in=audience_people(campaign).order_by()) | Q(
        by_hand=True, employee__status=Employee.Status.ACTIVE
    )
    back = Invitation.objects.filter(meant, campaign=campaign)
    ids = list(back.exclude(revoked_at=None).exclude(ended_by_staff=True).values_list("pk", flat=True))
    for some in in_batches(ids):
        Invitation.objects.filter(campaign=campaign, pk__in=some).update(revoked_at=None)
        unsent = Message.objects.filter(invitation__in=some, kind=MessageKind.INSTRUCTION, state=MessageState.CANCELLED)
        unsent.update(state=MessageState.QUEUED, due_at=now, attempts=0, detail="")
    return len(ids)


@transaction.atomic
def pause_campaign(*, campaign: Campaign, reason: str, now: datetime, by_itself: bool = False) -> bool:
    """Holds a campaign's mails back; links go on working. Whether this call did it."""
    paused = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.RUNNING).update(
        state=CampaignState.PAUSED, pause_reason=reason[:300]
    )
    if paused:
        log(campaign, "campaign.paused", {"by_itself": by_itself}, now)
    elif not by_itself:
        raise CampaignRefused("Only a running campaign can be paused.")
    return bool(paused)


def stop_if_stale(campaign: Campaign, now: datetime) -> bool:
    """Pauses a campaign of which too much goes to addresses that do not exist; whether it had to."""
    tried, dead = bounce_figures(campaign.pk)
    tried, dead = tried - campaign.tried_before, dead - campaign.bounces_forgiven
    if not too_many_bounces(tried, dead):
        return False
    reason = (
        f"{dead:,} of {tried:,} mails went to addresses that do not exist. The roster may be out of date: import a new "
        "one, then resume."
    )
    pause_campaign(campaign=campaign, reason=reason, now=now, by_itself=True)
    return True


@transaction.atomic
def resume_campaign(*, campaign: Campaign, now: datetime) -> None:
    """Lets a paused campaign's mails go. What bounced so far is forgiven: only what comes from now on pauses it."""
    tried, dead = bounce_figures(campaign.pk)
    resumed = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.PAUSED).update(
        state=CampaignState.RUNNING, pause_reason="", bounces_forgiven=dead, tried_before=tried
    )
    if not resumed:
        raise CampaignRefused("Only a paused campaign can be resumed.")
    log(campaign, "campaign.resumed", {}, now)


@transaction.atomic
def close_campaign(*, campaign: Campaign, now: datetime, state: CampaignState = CampaignState.CLOSED) -> None:
    """Ends a campaign: its links die and queued mails are cancelled. Answers stay."""
    closed = Campaign.objects.filter(pk=campaign.pk, state__in=LIVE).update(
        state=state, closes_at=min(now, campaign.closes_at), pause_reason=""
    )
    if not closed:
        raise CampaignRefused("Only a running campaign can be closed.")
    Invitation.objects.filter(campaign=campaign, closes_at__gt=now).update(closes_at=now)
    queued = Message.objects.filter(campaign=campaign, state=MessageState.QUEUED)
    cancelled = queued.update(state=MessageState.CANCELLED)
    log(campaign, f"campaign.{state}", {"cancelled_messages": cancelled}, now)


def cancel_campaign(*, campaign: Campaign, now: datetime) -> None:
    """Stops a campaign that should not have been: as closing, and the reports say so."""
    close_campaign(campaign=campaign, now=now, state=CampaignState.CANCELLED)


def close_overdue(*, now: datetime) -> int:
    """Closes campaigns whose last link has ended; returns how many."""
    overdue = overdue_campaigns(now)
    closed = 0
    for campaign in overdue:
        try:
            close_campaign(campaign=campaign, now=now)
            closed += 1
        except CampaignRefused:
            continue  # somebody else was first
    return closed
