"""What a person asks for on their page: another link, a mail of their own, another region than the roster's."""

from datetime import datetime, timedelta

from django.db import transaction

from compliance.campaigns.letters.composing import Words
from compliance.campaigns.models import AttestationRequest, Invitation, Message, RegionClaim
from compliance.campaigns.queries import deciding_day, decisions_about, standing_requests, suppressed
from compliance.campaigns.rules import CampaignState, MessageKind
from compliance.campaigns.services.delivery.desk import keep_letters
from compliance.campaigns.services.inviting import ROTATED, mode_of, requests_for, rotate
from compliance.campaigns.services.log import CampaignRefused, log
from compliance.catalogue.queries import policy_versions
from compliance.catalogue.rules import ASKING, CollectionMode, Decision, Subject
from employees.models import Employee
from organisations.models import User
from organisations.services import Event, append_evidence

BETWEEN_LINKS = timedelta(minutes=10)
LINKS_A_DAY = 5


def _queue(invitation: Invitation, kind: MessageKind, now: datetime, letter_id: int | None = None) -> Message:
    """A mail that goes as soon as a worker is free. The caller holds the invitation's row."""
    step = Message.objects.filter(invitation=invitation, kind=kind).count() + 1
    return Message.objects.create(
        organisation_id=invitation.campaign.organisation_id,
        campaign=invitation.campaign,
        invitation=invitation,
        kind=kind,
        step=step,
        letter_id=letter_id,
        due_at=now,
        created_at=now,
    )


def _locked(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("campaign__organisation", "employee").get(pk=invitation.pk)


def can_be_mailed(invitation: Invitation) -> bool:
    """Whether a mail to this person can go now: taking away a link that works, and sending none, would help nobody."""
    running = invitation.campaign.state == CampaignState.RUNNING
    here = invitation.employee.status == Employee.Status.ACTIVE
    address = (invitation.campaign.organisation_id, invitation.employee.email.lower())
    return running and here and not suppressed([address[0]], [address[1]])


def _may_ask(invitation: Invitation, now: datetime) -> bool:
    """Not more often than every ten minutes and five times a day, since whoever knows an address must not flood it;
    and not where staff have ended the link."""
    sent = Message.objects.filter(invitation=invitation, kind=MessageKind.LINK)
    lately = sent.filter(created_at__gt=now - BETWEEN_LINKS).exists()
    often = sent.filter(created_at__gt=now - timedelta(days=1)).count() >= LINKS_A_DAY
    return invitation.revoked_at is None and not lately and not often


@transaction.atomic
def new_link(*, invitation: Invitation, now: datetime, user: User | None = None) -> bool:
    """Ends the link there was and mails another to the address on file; whether it did.

    `user` is who does it of the staff; without one it is the person, for whom there are limits (`_may_ask`)."""
    held = _locked(invitation)
    if not can_be_mailed(held) or (user is None and not _may_ask(held, now)):
        return False
    rotate(held)
    held.save(update_fields=ROTATED)
    _queue(held, MessageKind.LINK, now)
    append_evidence(organisation=held.campaign.organisation, events=[made_link(held, user)], now=now)
    return True


def made_link(invitation: Invitation, user: User | None) -> Event:
    """What the evidence log says of a new link; without a user the person asked for it."""
    by: dict[str, object] = {"by": "staff", "user": user.pk} if user else {"by": "person"}
    facts = {"campaign": invitation.campaign_id, "invitation": str(invitation.public_id), **by}
    return Event("invitation.new_link", facts, personal={"employee": invitation.employee_id})


@transaction.atomic
def revoke_link(*, invitation: Invitation, now: datetime) -> None:
    """Ends a link at once; a new one can be sent."""
    if Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=now, ended_by_staff=True):
        log(invitation.campaign, "invitation.revoked", {"invitation": str(invitation.public_id)}, now)


@transaction.atomic
def queue_note(*, invitation: Invitation, kind: MessageKind, words: Words, now: datetime) -> Message:
    """Queues a letter that is written already; `kind` is RECEIPT or HELP."""
    held = _locked(invitation)
    organisation_id = held.campaign.organisation_id
    letters = keep_letters({(organisation_id, words.sha256): words}, now)
    return _queue(held, kind, now, letters[organisation_id, words.sha256])


@transaction.atomic
def claim_region(*, invitation: Invitation, country: str, now: datetime) -> bool:
    """The person says where their profile on the platform is; what applies to them is decided anew at once.

    `country` is an ISO code, or "" to go back to the roster's. Returns whether anything was said that was not known.
    Raises CampaignRefused where an answer has been counted without a name: nobody knows any more which it was."""
    held = _locked(invitation)
    country = "" if country == held.country else country
    if held.profile_country == country:
        return False
    standing = {row.policy_version_id: row for row in standing_requests().filter(invitation=held)}
    if held.answered_at and any(row.collection_mode == CollectionMode.ANONYMOUS_COUNT for row in standing.values()):
        raise CampaignRefused("Your answer has been counted, so nothing can be changed any more.")
    Invitation.objects.filter(pk=held.pk).update(profile_country=country, basis="")
    RegionClaim.objects.create(invitation=held, country=country, created_at=now)
    changed = _decide_anew(held, country, standing, now)
    event = Event(
        "region.claimed",
        {"campaign": held.campaign_id, "changed": changed},
        personal={"employee": held.employee_id, "country": country or held.country},
    )
    append_evidence(organisation=held.campaign.organisation, events=[event], now=now)
    return True


def _decide_anew(held: Invitation, country: str, standing: dict[int, AttestationRequest], now: datetime) -> int:
    """Brings the requests in line; returns how many were made or withdrawn. One that stays keeps its answer."""
    campaign = held.campaign
    keys = list(campaign.policies.values_list("key", flat=True))
    subject = Subject(held.country, held.subdivision, country)
    decisions = decisions_about(campaign.organisation, keys, deciding_day(campaign, now.date()), subject)
    versions = {(row.policy.key, row.key): row for row in policy_versions(keys)}
    made: list[Decision] = []
    for decision in decisions:
        version = versions[decision.policy, decision.version]
        row = standing.get(version.pk)
        if row is None or not _same(row, decision, mode_of(campaign, decision, version)):
            made.append(decision)
            continue
        del standing[row.policy_version_id]
        row.region_status, row.advice, row.reason = decision.status, decision.advice, decision.reason
        row.citations = list(decision.citations)
        row.save(update_fields=["region_status", "advice", "reason", "citations"])
    AttestationRequest.objects.filter(pk__in=[row.pk for row in standing.values()]).update(withdrawn_at=now)
    AttestationRequest.objects.bulk_create(requests_for(campaign, made, versions, held, now))
    return len(made) + len(standing)


def _same(row: AttestationRequest, decision: Decision, mode: CollectionMode) -> bool:
    """Whether a request goes on: it asks, or offers, as before, and its answer is kept as before."""
    return (row.advice in ASKING) == decision.asks and row.collection_mode == mode
