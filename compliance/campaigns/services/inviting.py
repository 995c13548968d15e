"""From people to invitations, requests and first notices."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from compliance.campaigns.gateways.calendars import always_open, place_of
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.queries import audience_people, deciding, deciding_day, invited_ids
from compliance.campaigns.rules import MessageKind, link_token, token_hash
from compliance.campaigns.rules.schedule import Place, first_mail
from compliance.catalogue.models import PolicyVersion
from compliance.catalogue.queries import policy_versions
from compliance.catalogue.rules import CollectionMode, Decision
from employees.models import Employee

WORKS_COUNCIL = "works_council"
Versions = dict[tuple[str, str], PolicyVersion]
CHUNK = 2_000


def clock_of(campaign: Campaign, country: str, subdivision: str) -> Place:
    """When mails of the campaign may go in a region."""
    return (place_of if campaign.working_hours else always_open)(country, subdivision)


def new_invitation(
    campaign: Campaign, employee: Employee, now: datetime, *, basis: str = "", closes_at: datetime | None = None
) -> Invitation:
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
        basis=basis,
        key_version=version,
        token_hash=token_hash(token),
        closes_at=closes_at or campaign.closes_at,
        created_at=now,
    )


ROTATED = ("rotation", "key_version", "token_hash", "revoked_at", "ended_by_staff")


def rotate(invitation: Invitation) -> None:
    """Makes another link of it, and the one there was stop working. The caller holds the row and writes ROTATED."""
    version = max(settings.LINK_KEYS)
    invitation.rotation, invitation.key_version = invitation.rotation + 1, version
    token = link_token(settings.LINK_KEYS[version], str(invitation.public_id), invitation.rotation)
    invitation.token_hash = token_hash(token)
    invitation.revoked_at, invitation.ended_by_staff = None, False


class _Inviting:
    """What is the same for everybody of a place is worked out once."""

    def __init__(self, campaign: Campaign, now: datetime, *, joining: bool) -> None:
        self.campaign, self.now = campaign, now
        keys = list(campaign.policies.values_list("key", flat=True))
        self.versions: Versions = {(row.policy.key, row.key): row for row in policy_versions(keys)}
        self.decide = deciding(campaign.organisation, keys, deciding_day(campaign, now.date()))
        self.bases: dict[tuple[str, str], str] = {}
        self.firsts: dict[tuple[str, str], datetime] = {}
        self.joining = joining

    def basis(self, country: str, subdivision: str, decisions: Sequence[Decision]) -> str:
        place = country, subdivision
        if place not in self.bases:
            modes = [mode_of(self.campaign, d, self.versions[d.policy, d.version]) for d in decisions]
            said = [(d.policy, d.version, d.status, d.advice) for d in decisions]
            words = repr(list(zip(said, modes, strict=True)))
            self.bases[place] = hashlib.sha256(words.encode()).hexdigest()[:32]
        return self.bases[place]

    def closes_at(self, first: datetime) -> datetime:
        """When a link ends: with the campaign; for somebody who joins not before the end of so many days."""
        if not self.joining:
            return self.campaign.closes_at
        day = timezone.localtime(first).date() + timedelta(days=self.campaign.joiner_days + 1)
        return max(self.campaign.closes_at, timezone.make_aware(datetime.combine(day, time.min)))

    def first(self, country: str, subdivision: str, decisions: Sequence[Decision]) -> datetime:
        place = country, subdivision
        if place not in self.firsts:
            starts = [self.versions[d.policy, d.version].effective_from for d in decisions]
            self.firsts[place] = _first(self.campaign, place, starts, self.now)
        return self.firsts[place]


def _first(campaign: Campaign, place: tuple[str, str], starts: Sequence[date], now: datetime) -> datetime:
    """When the first mail to a place goes; `starts` are the days on which what it tells takes effect there."""
    effective = min((start for start in starts if start > now.date()), default=None)
    return first_mail(clock_of(campaign, *place), now, campaign.starts_on, effective, campaign.lead_days)


def first_mail_of(campaign: Campaign, country: str, subdivision: str, now: datetime) -> datetime:
    """When the first mail to a place would go if the campaign started now."""
    work = _Inviting(campaign, now, joining=False)
    return work.first(country, subdivision, work.decide(country, subdivision))


def invite(
    campaign: Campaign, now: datetime, *, joining: bool = False, people: QuerySet[Employee] | None = None
) -> int:
    """Invitations, requests and first notices for everybody concerned who has none yet; returns how many.

    `people` are those to look at; the campaign's audience when left out."""
    among = audience_people(campaign) if people is None else people
    work, there, made = _Inviting(campaign, now, joining=joining), invited_ids(campaign), 0
    waiting: list[tuple[Employee, list[Decision]]] = []
    for person in among.iterator(chunk_size=CHUNK):
        if person.pk in there:
            continue
        if found := work.decide(person.country, person.subdivision):
            waiting.append((person, found))
        if len(waiting) >= CHUNK:
            made += _write(work, waiting)
            waiting = []
    return made + _write(work, waiting)


def _write(work: _Inviting, people: Sequence[tuple[Employee, list[Decision]]]) -> int:
    campaign, now = work.campaign, work.now
    invitations = Invitation.objects.bulk_create(
        [
            new_invitation(
                campaign,
                person,
                now,
                basis=work.basis(person.country, person.subdivision, found),
                closes_at=work.closes_at(work.first(person.country, person.subdivision, found)),
            )
            for person, found in people
        ],
        batch_size=500,
    )
    pairs = list(zip(invitations, (found for _, found in people), strict=True))
    AttestationRequest.objects.bulk_create(_requests(pairs, work.versions, now), batch_size=500)
    Message.objects.bulk_create(
        [
            Message(
                organisation=campaign.organisation,
                campaign=campaign,
                invitation=each,
                kind=MessageKind.INSTRUCTION,
                due_at=work.first(each.country, each.subdivision, found),
                created_at=now,
            )
            for each, found in pairs
        ],
        batch_size=500,
    )
    return len(invitations)


def mode_of(campaign: Campaign, decision: Decision, version: PolicyVersion) -> CollectionMode:
    """A joiner in a place that needs an agreement which this campaign has not is told, and not asked; and so is
    everybody about a policy to which no answer fits."""
    if not version.document["attestation"]:
        return CollectionMode.INFORM_ONLY
    if decision.collection.requires == WORKS_COUNCIL and not campaign.works_council.strip():
        return CollectionMode.INFORM_ONLY
    return decision.collection_mode


def requests_for(
    campaign: Campaign, decisions: Sequence[Decision], versions: Versions, invitation: Invitation, now: datetime
) -> Iterator[AttestationRequest]:
    """Unsaved requests of one invitation."""
    for decision in decisions:
        yield AttestationRequest(
            invitation=invitation,
            policy_version=versions[decision.policy, decision.version],
            region_status=decision.status,
            advice=decision.advice,
            collection_mode=mode_of(campaign, decision, versions[decision.policy, decision.version]),
            collection_reason=decision.collection.reason,
            reason=decision.reason,
            citations=list(decision.citations),
            created_at=now,
        )


def _requests(
    pairs: Sequence[tuple[Invitation, list[Decision]]], versions: Versions, now: datetime
) -> list[AttestationRequest]:
    return [
        request
        for invitation, decisions in pairs
        for request in requests_for(invitation.campaign, decisions, versions, invitation, now)
    ]
