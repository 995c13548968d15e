from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.rules import CampaignState, MessageState
from compliance.catalogue.queries import resolver
from compliance.catalogue.rules import Advice, CollectionMode, Decision
from employees.models import Employee
from employees.names import country_name
from employees.queries import active_employees
from organisations.models import Organisation


def campaigns(organisation: Organisation) -> QuerySet[Campaign]:
    return Campaign.objects.filter(organisation=organisation).order_by("-id")


def campaign(organisation: Organisation, pk: int) -> Campaign | None:
    return Campaign.objects.filter(organisation=organisation, pk=pk).first()


def running_campaigns(organisation_id: int | None = None) -> QuerySet[Campaign]:
    """Running campaigns of one organisation, or of all for the nightly reconcile."""
    running = Campaign.objects.filter(state=CampaignState.RUNNING).select_related("organisation").order_by("id")
    return running if organisation_id is None else running.filter(organisation_id=organisation_id)


Deciding = Callable[[str, str], list[Decision]]


def deciding(organisation: Organisation, policy_keys: Sequence[str], on: date) -> Deciding:
    """(country, subdivision) → what each of these policies means there on a day, but for those to withhold."""
    decisions, keys = resolver(organisation, on), frozenset(policy_keys)
    return lambda country, subdivision: [
        item for item in decisions[country, subdivision] if item.policy in keys and item.advice is not Advice.WITHHOLD
    ]


@dataclass(frozen=True)
class Audience:
    """People of one country whom a campaign would ask, only inform, or offer an extra; what the law needs first."""

    country: str
    name: str
    asked: int
    informed: int
    offered: int
    requires: str


def audience_by_country(organisation: Organisation, policy_keys: Sequence[str], on: date) -> list[Audience]:
    """Most people first."""
    places = (
        active_employees(organisation).order_by().values_list("country", "subdivision").annotate(people=Count("id"))
    )
    counts: dict[str, Counter[str]] = {}
    requires: dict[str, str] = {}
    decide = deciding(organisation, policy_keys, on)
    for country, subdivision, people in places:
        if concerned := decide(country, subdivision):
            how = _approach(concerned)
            counts.setdefault(country, Counter())[how] += people
            if how != "informed":
                requires[country] = concerned[0].collection.requires
    codes = sorted(counts, key=lambda code: (-counts[code].total(), code))
    return [
        Audience(
            country=code,
            name=country_name(code),
            asked=counts[code]["asked"],
            informed=counts[code]["informed"],
            offered=counts[code]["offered"],
            requires=requires.get(code, ""),
        )
        for code in codes
    ]


def _approach(concerned: list[Decision]) -> str:
    if all(item.collection_mode is not CollectionMode.NAMED for item in concerned):
        return "informed"
    return "asked" if any(item.asks for item in concerned) else "offered"


def reopened(organisation: Organisation, on: date) -> dict[str, int]:
    """Policy key → people in running campaigns whose policy has a newer version in force than they were asked by."""
    requests = (
        AttestationRequest.objects.filter(
            invitation__campaign__organisation=organisation,
            invitation__campaign__state=CampaignState.RUNNING,
            invitation__revoked_at=None,
        )
        .order_by()
        .values_list(
            "policy_version__policy__key", "policy_version__key", "invitation__country", "invitation__subdivision"
        )
        .annotate(people=Count("invitation__employee", distinct=True))
    )
    decisions, found = resolver(organisation, on), Counter[str]()
    for policy, version, country, subdivision, people in requests:
        now = next((item for item in decisions[country, subdivision] if item.policy == policy), None)
        if now and now.asks and now.version != version:
            found[policy] += people
    return dict(found)


def invited_ids(campaign: Campaign) -> set[int]:
    return set(Invitation.objects.filter(campaign=campaign).values_list("employee_id", flat=True))


def invitation_by_token_hash(hashed: str, now: datetime) -> Invitation | None:
    """A live link's invitation: neither revoked nor past its campaign's end."""
    return _live(now).filter(token_hash=hashed).first()


def invitation_by_public_id(public_id: UUID, hashed: str, now: datetime) -> Invitation | None:
    return _live(now).filter(public_id=public_id, token_hash=hashed).first()


def _live(now: datetime) -> QuerySet[Invitation]:
    requests = AttestationRequest.objects.select_related("policy_version__policy").order_by("id")
    return (
        Invitation.objects.filter(
            revoked_at=None,
            campaign__state=CampaignState.RUNNING,
            campaign__closes_at__gt=now,
            employee__status=Employee.Status.ACTIVE,
        )
        .select_related("campaign__organisation", "employee")
        .prefetch_related(Prefetch("requests", requests))
    )


# --- Messages ------------------------------------------------------------------------------------------------------


def due_message_ids(now: datetime, limit: int) -> list[int]:
    due = Message.objects.filter(state=MessageState.QUEUED, due_at__lte=now).order_by("due_at", "id")
    return list(due.values_list("id", flat=True)[:limit])


def claimed_messages(claim: UUID) -> list[Message]:
    requests = AttestationRequest.objects.select_related("policy_version__policy").order_by("id")
    rows = Message.objects.filter(claim=claim, state=MessageState.SENDING).select_related(
        "organisation", "invitation__employee", "invitation__campaign"
    )
    return list(rows.prefetch_related(Prefetch("invitation__requests", requests)).order_by("id"))


def anything_due(now: datetime) -> bool:
    return Message.objects.filter(state=MessageState.QUEUED, due_at__lte=now).exists()


def anything_on_its_way(now: datetime) -> bool:
    """Whether a living worker is sending."""
    return Message.objects.filter(state=MessageState.SENDING, lease_until__gt=now).exists()


def still_ours(message: Message) -> bool:
    """Whether a claimed message is still this worker's, and its campaign still wants it sent."""
    return Message.objects.filter(pk=message.pk, claim=message.claim, state=MessageState.SENDING).exists()


def messages(organisation: Organisation) -> QuerySet[Message]:
    return (
        Message.objects.filter(organisation=organisation)
        .select_related("invitation__employee", "invitation__campaign")
        .order_by("-sent_at", "-id")
    )


def message(organisation: Organisation, public_id: UUID) -> Message | None:
    return messages(organisation).filter(public_id=public_id).first()


def delivery_counts(campaign: Campaign) -> dict[str, int]:
    """Messages of a campaign by state, and how many may have arrived twice."""
    mails = Message.objects.filter(invitation__campaign=campaign).order_by().values("state")
    rows = list(mails.annotate(number=Count("id"), doubtful=Count("id", filter=Q(unsure=True))))
    counts = {state.value: 0 for state in MessageState} | {row["state"]: row["number"] for row in rows}
    waiting = counts[MessageState.QUEUED] + counts[MessageState.SENDING]
    unsure = sum(row["doubtful"] for row in rows)
    return counts | {"total": sum(counts.values()), "unsure": unsure, "waiting": waiting}
