from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.rules import CampaignState, MessageState
from compliance.catalogue.queries import catalogue
from compliance.catalogue.rules import CollectionMode, Decision, Subject, resolve
from employees.models import Employee
from employees.names import country_in_sentence, country_name
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


def decide(country: str, subdivision: str, policy_keys: Sequence[str], on: date) -> list[Decision]:
    """What each policy of a campaign means for a region on a day."""
    subject = Subject(country, subdivision, country_in_sentence(country))
    return [decision for decision in resolve(subject, on, catalogue()) if decision.policy in policy_keys]


def audience_by_country(organisation: Organisation, policy_keys: Sequence[str], on: date) -> list[dict[str, object]]:
    """People per country whom a campaign would ask, and whom it would only inform; most people first."""
    places = (
        active_employees(organisation).order_by().values_list("country", "subdivision").annotate(people=Count("id"))
    )
    asked: Counter[str] = Counter()
    informed: Counter[str] = Counter()
    for country, subdivision, people in places:
        concerned = [item for item in decide(country, subdivision, policy_keys, on) if item.asks]
        if any(item.collection_mode is not CollectionMode.INFORM_ONLY for item in concerned):
            asked[country] += people
        elif concerned:
            informed[country] += people
    names = sorted(asked | informed, key=lambda code: (-(asked[code] + informed[code]), code))
    return [
        {"country": code, "name": country_name(code), "asked": asked[code], "informed": informed[code]}
        for code in names
    ]


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
    rows = Message.objects.filter(invitation__campaign=campaign).values("state").annotate(number=Count("id"))
    counts = {state.value: 0 for state in MessageState} | {row["state"]: row["number"] for row in rows}
    totals = Message.objects.filter(invitation__campaign=campaign).aggregate(
        total=Count("id"), unsure=Count("id", filter=Q(unsure=True))
    )
    waiting = counts[MessageState.QUEUED] + counts[MessageState.SENDING]
    return counts | {key: int(value) for key, value in totals.items()} | {"waiting": waiting}
