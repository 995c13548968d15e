"""Campaign acts: make, start, follow the roster, close. They write rows; workers do the sending."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.queries import audience_by_country, deciding, invited_ids, running_campaigns
from compliance.campaigns.rules import CampaignState, MessageKind, MessageState, link_token, token_hash
from compliance.catalogue.models import Policy, PolicyVersion
from compliance.catalogue.queries import policy_versions
from compliance.catalogue.rules import CollectionMode, Decision
from employees.models import Employee
from employees.queries import active_employees
from organisations.models import Organisation, User
from organisations.services import Event, append_evidence

WORKS_COUNCIL = "works_council"


class CampaignRefused(Exception):
    """The act is not possible now; the message says why and what to do."""


@transaction.atomic
def create_campaign(
    *,
    organisation: Organisation,
    name: str,
    policies: Iterable[Policy],
    closes_at: datetime,
    user: User | None,
    now: datetime,
    why: str = "",
    works_council: str = "",
) -> Campaign:
    campaign = Campaign.objects.create(
        organisation=organisation,
        name=name,
        why=why,
        works_council=works_council,
        closes_at=closes_at,
        created_by=user,
        created_at=now,
    )
    campaign.policies.set(policies)
    return campaign


@transaction.atomic
def note_works_council(*, campaign: Campaign, text: str, now: datetime) -> None:
    """Writes down the works council's agreement in a draft."""
    noted = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.DRAFT).update(works_council=text.strip())
    if not noted:
        raise CampaignRefused("The campaign has started already.")
    _log(campaign, "campaign.works_council_noted", {}, now)


@transaction.atomic
def start_campaign(*, campaign: Campaign, now: datetime) -> int:
    """Invites everybody concerned and queues their mails; returns how many. Raises CampaignRefused."""
    locked = Campaign.objects.select_for_update(no_key=True).select_related("organisation").get(pk=campaign.pk)
    if locked.state != CampaignState.DRAFT:
        raise CampaignRefused(f"This campaign is {locked.state} already.")
    if locked.closes_at <= now:
        raise CampaignRefused("The last day to answer has passed. Choose a later one.")
    _refuse_without_works_council(locked, now)
    locked.state, locked.started_at = CampaignState.RUNNING, now
    locked.save(update_fields=["state", "started_at"])
    invited = _invite(locked, now)
    if not invited:
        raise CampaignRefused("Nobody on the roster is concerned. Import the roster first, or choose other policies.")
    _log(locked, "campaign.started", {"invited": invited}, now)
    return invited


def _refuse_without_works_council(campaign: Campaign, now: datetime) -> None:
    if campaign.works_council.strip():
        return
    keys = list(campaign.policies.values_list("key", flat=True))
    audience = audience_by_country(campaign.organisation, keys, now.date())
    if places := [row.name for row in audience if row.requires == WORKS_COUNCIL]:
        raise CampaignRefused(
            f"People in {', '.join(places)} may be asked only in agreement with the works council. "
            "Write down the agreement, or why none is needed, and start again."
        )


@transaction.atomic
def follow_roster(*, campaign: Campaign, now: datetime) -> tuple[int, int]:
    """Brings a running campaign in line with the roster: (people added, people taken out). Idempotent."""
    locked = Campaign.objects.select_for_update(no_key=True).select_related("organisation").get(pk=campaign.pk)
    if locked.state != CampaignState.RUNNING or locked.closes_at <= now:
        return 0, 0
    gone = Invitation.objects.filter(campaign=locked, revoked_at=None, employee__status=Employee.Status.LEFT)
    ids = list(gone.values_list("pk", flat=True))
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        Invitation.objects.filter(pk__in=some).update(revoked_at=now)
        Message.objects.filter(invitation__in=some, state=MessageState.QUEUED).update(state=MessageState.CANCELLED)
    added = _invite(locked, now) + _welcome_back(locked, now)
    if ids or added:
        _log(locked, "campaign.followed_roster", {"invited": added, "withdrawn": len(ids)}, now)
    return added, len(ids)


def _welcome_back(campaign: Campaign, now: datetime) -> int:
    """People whom a file had left out and a later one has again: their links live, unsent instructions go out."""
    back = Invitation.objects.filter(campaign=campaign, employee__status=Employee.Status.ACTIVE).exclude(
        revoked_at=None
    )
    ids = list(back.values_list("pk", flat=True))
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        Invitation.objects.filter(pk__in=some).update(revoked_at=None)
        unsent = Message.objects.filter(invitation__in=some, kind=MessageKind.INSTRUCTION, state=MessageState.CANCELLED)
        unsent.update(state=MessageState.QUEUED, due_at=now, attempts=0, detail="")
    return len(ids)


@transaction.atomic
def close_campaign(*, campaign: Campaign, now: datetime) -> None:
    """Ends a campaign: its links die and queued mails are cancelled."""
    closed = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.RUNNING).update(
        state=CampaignState.CLOSED, closes_at=min(now, campaign.closes_at)
    )
    if not closed:
        raise CampaignRefused("Only a running campaign can be closed.")
    queued = Message.objects.filter(invitation__campaign=campaign, state=MessageState.QUEUED)
    cancelled = queued.update(state=MessageState.CANCELLED)
    _log(campaign, "campaign.closed", {"cancelled_messages": cancelled}, now)


def close_overdue(*, now: datetime) -> int:
    """Closes running campaigns whose last day has passed; returns how many."""
    overdue = [campaign for campaign in running_campaigns() if campaign.closes_at <= now]
    for campaign in overdue:
        close_campaign(campaign=campaign, now=now)
    return len(overdue)


@transaction.atomic
def send_failed_again(*, campaign: Campaign, now: datetime) -> int:
    """Puts a running campaign's failed mails back into the queue, as if they had never been tried; returns how many."""
    if campaign.state != CampaignState.RUNNING:
        raise CampaignRefused("Only a running campaign sends mails.")
    failed = Message.objects.filter(invitation__campaign=campaign, state=MessageState.FAILED)
    again = failed.update(state=MessageState.QUEUED, due_at=now, attempts=0, detail="")
    _log(campaign, "campaign.failed_sent_again", {"messages": again}, now)
    return again


def _log(campaign: Campaign, kind: str, facts: dict[str, object], now: datetime) -> None:
    event = Event(kind, {"campaign": campaign.pk, **facts})
    append_evidence(organisation=campaign.organisation, events=[event], now=now)


def new_invitation(campaign: Campaign, employee: Employee, now: datetime) -> Invitation:
    """An unsaved invitation with its link's hash; the token itself is never stored."""
    version = max(settings.LINK_KEYS)
    public_id = uuid.uuid4()
    token = link_token(settings.LINK_KEYS[version], str(public_id), 1)
    return Invitation(
        public_id=public_id,
        campaign=campaign,
        employee=employee,
        country=employee.country,
        subdivision=employee.subdivision,
        key_version=version,
        token_hash=token_hash(token),
        created_at=now,
    )


def _invite(campaign: Campaign, now: datetime) -> int:
    """Invitations, requests and messages for everybody concerned who has none yet."""
    keys = list(campaign.policies.values_list("key", flat=True))
    versions = {(row.policy.key, row.key): row for row in policy_versions(keys)}
    there = invited_ids(campaign)

    decide = deciding(campaign.organisation, keys, now.date())
    people = [person for person in active_employees(campaign.organisation) if person.pk not in there]
    concerned = [(person, found) for person in people if (found := decide(person.country, person.subdivision))]
    invitations = Invitation.objects.bulk_create(
        [new_invitation(campaign, person, now) for person, _ in concerned], batch_size=500
    )
    pairs = list(zip(invitations, (found for _, found in concerned), strict=True))
    AttestationRequest.objects.bulk_create(_requests(pairs, versions, now), batch_size=500)
    Message.objects.bulk_create(
        [
            Message(organisation=campaign.organisation, invitation=each, kind=MessageKind.INSTRUCTION, due_at=now)
            for each in invitations
        ],
        batch_size=500,
    )
    return len(invitations)


def _mode(campaign: Campaign, decision: Decision) -> CollectionMode:
    """A joiner in a place that needs an agreement which this campaign has not is told, and not asked."""
    if decision.collection.requires == WORKS_COUNCIL and not campaign.works_council.strip():
        return CollectionMode.INFORM_ONLY
    return decision.collection_mode


def _requests(
    pairs: Sequence[tuple[Invitation, list[Decision]]],
    versions: dict[tuple[str, str], PolicyVersion],
    now: datetime,
) -> list[AttestationRequest]:
    return [
        AttestationRequest(
            invitation=invitation,
            policy_version=versions[decision.policy, decision.version],
            region_status=decision.status,
            advice=decision.advice,
            collection_mode=_mode(invitation.campaign, decision),
            collection_reason=decision.collection.reason,
            reason=decision.reason,
            citations=list(decision.citations),
            created_at=now,
        )
        for invitation, decisions in pairs
        for decision in decisions
    ]
