from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Now

from compliance.campaigns.models import (
    AttestationRequest,
    Campaign,
    Invitation,
    LetterText,
    Message,
    SavedAudience,
    Suppression,
)
from compliance.campaigns.rules import GONE_OUT, LIVE, CampaignState, MessageKind, MessageState, Repeats
from compliance.campaigns.rules import Audience as Chosen
from compliance.campaigns.rules import audience as chosen_audience
from compliance.catalogue.models import PolicyVersion
from compliance.catalogue.queries import resolver
from compliance.catalogue.rules import ASKING, Advice, CollectionMode, Decision
from employees.models import Employee
from employees.names import country_name
from employees.queries import active_employees
from organisations.models import Organisation


def campaigns(organisation: Organisation) -> QuerySet[Campaign]:
    return Campaign.objects.filter(organisation=organisation).order_by("-id")


def campaigns_by_id(ids: set[int]) -> dict[int, Campaign]:
    """For a worker, which serves all organisations."""
    rows = Campaign.objects.filter(pk__in=ids).select_related("organisation").order_by("id")
    return {row.pk: row for row in rows}


def overdue_campaigns(now: datetime) -> list[Campaign]:
    """Campaigns past their last day, of which no link works any more either."""
    living = Invitation.objects.filter(campaign=OuterRef("pk"), revoked_at=None, closes_at__gt=now)
    rows = Campaign.objects.filter(~Exists(living), state__in=LIVE, closes_at__lte=now)
    return list(rows.select_related("organisation").order_by("id"))


def campaign(organisation: Organisation, pk: int) -> Campaign | None:
    return Campaign.objects.filter(organisation=organisation, pk=pk).first()


def running_campaigns(organisation_id: int | None = None) -> QuerySet[Campaign]:
    """Running and paused campaigns of one organisation, or of all for the hourly reconcile."""
    running = Campaign.objects.filter(state__in=LIVE).select_related("organisation").order_by("id")
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

    @property
    def people(self) -> int:
        return self.asked + self.informed + self.offered


def deciding_day(campaign: Campaign, today: date) -> date:
    """The day whose rules count: the day of the first mails, or of the change that they announce."""
    day = max(today, campaign.starts_on or today)
    if campaign.lead_days:
        ahead = PolicyVersion.objects.filter(
            policy__in=campaign.policies.all(), effective_from__gt=day, effective_from__lte=campaign.last_day
        )
        day = max([day, *ahead.values_list("effective_from", flat=True)])
    return day


def people_of(organisation: Organisation, chosen: Chosen) -> QuerySet[Employee]:
    """The active people whom an audience means."""
    found = active_employees(organisation)
    if chosen.countries:
        found = found.filter(country__in=chosen.countries)
    if chosen.departments:
        found = found.filter(department__in=chosen.departments)
    if chosen.managers:
        found = found.filter(manager_email__in=chosen.managers)
    if chosen.languages:
        found = found.filter(language__in=["" if code == "-" else code for code in chosen.languages])
    if chosen.people:
        # One address or number at a time would be slow, all at once more than SQLite takes: the roster is read once.
        wanted = set(chosen.people)
        rows = active_employees(organisation).order_by().values_list("pk", "email", "external_id")
        found = found.filter(pk__in=[pk for pk, *names in rows if wanted.intersection(name.lower() for name in names)])
    if chosen.behind:
        found = found.filter(pk__in=behind_ids(organisation, chosen.behind))
    return found


def behind_ids(organisation: Organisation, campaign_id: int) -> list[int]:
    """People of a campaign who were asked by a version that has been replaced since."""
    newer = Q(policy_version__policy__versions__effective_from__gt=F("policy_version__effective_from")) & Q(
        policy_version__policy__versions__effective_from__lte=Now()
    )
    requests = AttestationRequest.objects.filter(
        newer, invitation__campaign_id=campaign_id, invitation__campaign__organisation=organisation
    )
    return list(requests.order_by().values_list("invitation__employee_id", flat=True).distinct())


def audience_people(campaign: Campaign) -> QuerySet[Employee]:
    return people_of(campaign.organisation, chosen_audience(campaign.audience))


def audience_of(campaign: Campaign, today: date) -> list[Audience]:
    """Whom a campaign would reach, by country."""
    keys = list(campaign.policies.values_list("key", flat=True))
    people = audience_people(campaign)
    return audience_by_country(campaign.organisation, keys, deciding_day(campaign, today), people)


def audience_size(campaign: Campaign, today: date) -> int:
    return sum(row.people for row in audience_of(campaign, today))


def audience_by_country(
    organisation: Organisation, policy_keys: Sequence[str], on: date, people: QuerySet[Employee] | None = None
) -> list[Audience]:
    """Most people first. `people` are those to look at; the whole roster when left out."""
    among = active_employees(organisation) if people is None else people
    places = among.order_by().values_list("country", "subdivision").annotate(people=Count("id"))
    counts: dict[str, Counter[str]] = {}
    requires: dict[str, str] = {}
    decide = deciding(organisation, policy_keys, on)
    for country, subdivision, number in places:
        if concerned := decide(country, subdivision):
            how = _approach(concerned)
            counts.setdefault(country, Counter())[how] += number
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


@dataclass(frozen=True)
class Choices:
    """What a roster offers to choose an audience by: value → people."""

    countries: dict[str, int]
    departments: dict[str, int]
    managers: dict[str, int]
    languages: dict[str, int]


def audience_choices(organisation: Organisation) -> Choices:
    """Most people first; people without a value are not counted, but for languages, where that is a choice."""

    def counted(name: str) -> dict[str, int]:
        rows = active_employees(organisation).order_by().values_list(name).annotate(people=Count("id"))
        return dict(sorted(rows, key=lambda row: (-row[1], row[0]))[:200])

    found = {name: counted(name) for name in ("country", "department", "manager_email", "language")}
    for name in ("country", "department", "manager_email"):
        found[name].pop("", None)
    return Choices(found["country"], found["department"], found["manager_email"], found["language"])


def spoken_by(campaign: Campaign) -> list[tuple[str, str, int]]:
    """(language, country, people) of a campaign's audience."""
    rows = audience_people(campaign).order_by().values_list("language", "country").annotate(people=Count("id"))
    return list(rows.order_by("language", "country"))


def saved_audiences(organisation: Organisation) -> QuerySet[SavedAudience]:
    return SavedAudience.objects.filter(organisation=organisation).order_by("name")


def _approach(concerned: list[Decision]) -> str:
    if all(item.collection_mode is not CollectionMode.NAMED for item in concerned):
        return "informed"
    return "asked" if any(item.asks for item in concerned) else "offered"


def reopened(organisation: Organisation, on: date) -> dict[str, int]:
    """Policy key → people in running campaigns whose policy has a newer version in force than they were asked by."""
    requests = (
        AttestationRequest.objects.filter(
            invitation__campaign__organisation=organisation,
            invitation__campaign__state__in=LIVE,
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
            campaign__state__in=LIVE,
            closes_at__gt=now,
            employee__status=Employee.Status.ACTIVE,
        )
        .select_related("campaign__organisation", "employee")
        .prefetch_related(Prefetch("requests", requests))
    )


# --- Messages ------------------------------------------------------------------------------------------------------


def due(now: datetime) -> QuerySet[Message]:
    """What may go now: due, and its campaign neither paused nor over."""
    running = Campaign.objects.filter(state=CampaignState.RUNNING)
    return Message.objects.filter(state=MessageState.QUEUED, due_at__lte=now, campaign__in=running)


def due_message_ids(now: datetime, limit: int, *, only: str = "", but: Sequence[str] = ()) -> list[int]:
    """The first due messages; `only` those to a domain, `but` not those to any of these."""
    found = due(now).order_by("due_at", "id")
    if only:
        found = found.filter(invitation__employee__email__iendswith=f"@{only}")
    for domain in but:
        found = found.exclude(invitation__employee__email__iendswith=f"@{domain}")
    return list(found.values_list("id", flat=True)[:limit])


def anything_due(now: datetime) -> bool:
    return due(now).exists()


def oldest_due(now: datetime) -> datetime | None:
    """Since when the mail has been due that has waited longest."""
    return due(now).order_by("due_at").values_list("due_at", flat=True).first()


def anything_on_its_way(now: datetime) -> bool:
    """Whether a living worker is sending."""
    return Message.objects.filter(state=MessageState.SENDING, lease_until__gt=now).exists()


class Claimed(NamedTuple):
    """A claimed message with all that its mail needs, in one row."""

    pk: int
    public_id: UUID
    organisation_id: int
    campaign_id: int
    invitation_id: int
    kind: str
    step: int
    attempts: int
    unsure: bool
    invitation_public_id: UUID
    key_version: int
    rotation: int
    country: str
    subdivision: str
    basis: str
    closes_at: datetime
    email: str
    name: str
    language: str
    outbox_only: bool


_CLAIMED = (
    "pk", "public_id", "organisation_id", "campaign_id", "invitation_id", "kind", "step", "attempts", "unsure",
    "invitation__public_id", "invitation__key_version", "invitation__rotation", "invitation__country",
    "invitation__subdivision", "invitation__basis", "invitation__closes_at", "invitation__employee__email",
    "invitation__employee__name", "invitation__employee__language", "organisation__outbox_only",
)  # fmt: skip


def claimed_messages(claim: UUID) -> list[Claimed]:
    rows = Message.objects.filter(claim=claim, state=MessageState.SENDING).order_by("due_at", "id")
    return [Claimed(*row) for row in rows.values_list(*_CLAIMED)]


def first_notices(invitation_ids: Sequence[int]) -> dict[int, UUID]:
    """Invitation → the mail that a reminder answers."""
    rows = Message.objects.filter(
        invitation__in=invitation_ids, kind=MessageKind.INSTRUCTION, step=0, state__in=GONE_OUT
    )
    return dict(rows.order_by().values_list("invitation_id", "public_id"))


def suppressed(organisation_ids: Sequence[int], emails: Sequence[str]) -> set[tuple[int, str]]:
    """Which of these addresses, lower case, get no mail from which organisation."""
    rows = Suppression.objects.filter(organisation__in=set(organisation_ids), email__in=set(emails))
    return set(rows.order_by().values_list("organisation_id", "email"))


def suppressions(organisation: Organisation) -> QuerySet[Suppression]:
    return Suppression.objects.filter(organisation=organisation).order_by("-created_at", "-id")


def still_claimed(claim: UUID) -> set[int]:
    """The messages that are still this claim's, and whose campaign still wants them sent."""
    running = Campaign.objects.filter(state=CampaignState.RUNNING)
    rows = Message.objects.filter(claim=claim, state=MessageState.SENDING, campaign__in=running).order_by()
    return set(rows.values_list("pk", flat=True))


def invitation_requests(invitation_id: int) -> list[AttestationRequest]:
    rows = AttestationRequest.objects.filter(invitation=invitation_id).select_related("policy_version__policy")
    return list(rows.order_by("id"))


def own_texts(organisation: Organisation) -> dict[tuple[str, str], str]:
    """(language, slot) → the organisation's own words."""
    rows = LetterText.objects.filter(organisation=organisation).order_by("language", "slot")
    return {(language, slot): text for language, slot, text in rows.values_list("language", "slot", "text")}


def bounce_figures(campaign_id: int) -> tuple[int, int]:
    """(mails tried, of them refused or returned because of the address) of a campaign."""
    rows = Message.objects.filter(campaign=campaign_id).order_by()
    tried = rows.filter(state__in=[*GONE_OUT, MessageState.FAILED]).count()
    return tried, rows.filter(dead=True).count()


def soft_bounces(organisation: Organisation, email: str) -> int:
    """Temporary failures of an address since a mail to it last arrived without one."""
    rows = Message.objects.filter(organisation=organisation, sent_to__iexact=email).order_by("-sent_at", "-id")
    count = 0
    for message in rows.prefetch_related("bounces")[:10]:
        if not any(event.kind == "soft" for event in message.bounces.all()):
            break
        count += 1
    return count


def first_notice_times(campaign: Campaign) -> dict[int, datetime]:
    """Invitation → when its first notice went out."""
    rows = Message.objects.filter(
        campaign=campaign, kind=MessageKind.INSTRUCTION, state__in=[MessageState.SENT, MessageState.UNKNOWN]
    )
    found = rows.exclude(sent_at=None).order_by().values_list("invitation_id", "sent_at")
    return {pk: at for pk, at in found if at}


def last_reminders(campaign: Campaign) -> dict[int, int]:
    """Invitation → the number of the last reminder there is."""
    rows = Message.objects.filter(campaign=campaign, kind=MessageKind.REMINDER).order_by()
    return dict(rows.values("invitation").annotate(last=Max("step")).values_list("invitation", "last"))


def to_remind(campaign: Campaign) -> QuerySet[Invitation]:
    """People who got the first notice, gave no answer, and did not ask to be left alone."""
    return (
        Invitation.objects.filter(
            campaign=campaign,
            revoked_at=None,
            stopped_at=None,
            answered_at=None,
            employee__status=Employee.Status.ACTIVE,
        )
        .filter(requests__collection_mode=CollectionMode.NAMED, requests__advice__in=ASKING)
        .distinct()
        .order_by("id")
    )


def messages(organisation: Organisation) -> QuerySet[Message]:
    return (
        Message.objects.filter(organisation=organisation)
        .select_related("invitation__employee", "invitation__campaign", "letter", "organisation")
        .order_by("-sent_at", "-id")
    )


def message(organisation: Organisation, public_id: UUID) -> Message | None:
    return messages(organisation).filter(public_id=public_id).first()


def delivery_counts(campaign: Campaign) -> dict[str, int]:
    """Messages of a campaign by state, and how many may have arrived twice."""
    mails = Message.objects.filter(campaign=campaign).order_by().values("state")
    rows = list(mails.annotate(number=Count("id"), doubtful=Count("id", filter=Q(unsure=True))))
    counts = {state.value: 0 for state in MessageState} | {row["state"]: row["number"] for row in rows}
    waiting = counts[MessageState.QUEUED] + counts[MessageState.SENDING]
    unsure = sum(row["doubtful"] for row in rows)
    return counts | {"total": sum(counts.values()), "unsure": unsure, "waiting": waiting}


def unanswered_count(campaign: Campaign) -> int:
    return to_remind(campaign).count()


MAIL_STATES = [
    (MessageState.QUEUED.value, "waiting"),
    (MessageState.SENT.value, "sent"),
    (MessageState.UNKNOWN.value, "fate not known"),
    (MessageState.BOUNCED.value, "returned"),
    (MessageState.FAILED.value, "failed"),
    (MessageState.CANCELLED.value, "cancelled"),
]


def reminder_counts(campaign: Campaign) -> dict[int, int]:
    """Number of the reminder → how many went out."""
    rows = Message.objects.filter(campaign=campaign, kind=MessageKind.REMINDER, state__in=GONE_OUT).order_by()
    return dict(rows.values("step").annotate(number=Count("id")).values_list("step", "number").order_by("step"))


def find_person(campaign: Campaign, text: str) -> Employee | None:
    """Somebody of a campaign's audience by address, number or a part of the name."""
    people = audience_people(campaign)
    return (
        people.filter(Q(email__iexact=text) | Q(external_id=text)).first()
        or people.filter(name__icontains=text).first()
    )


def unreached_ids(campaign: Campaign) -> list[int]:
    """Invitations whose first notice failed or came back."""
    rows = Message.objects.filter(
        campaign=campaign, kind=MessageKind.INSTRUCTION, state__in=[MessageState.FAILED, MessageState.BOUNCED]
    )
    return list(rows.order_by().values_list("invitation_id", flat=True))


def invitation_to_stop(public_id: UUID) -> Invitation | None:
    """For the page that stops reminders; whether its token is right is the caller's to check."""
    rows = Invitation.objects.filter(public_id=public_id, employee__status=Employee.Status.ACTIVE)
    return rows.select_related("campaign__organisation", "employee").first()


def next_mail_at(campaign: Campaign) -> datetime | None:
    """When the next mail of a campaign is due."""
    queued = Message.objects.filter(campaign=campaign, state=MessageState.QUEUED).order_by("due_at")
    return queued.values_list("due_at", flat=True).first()


def history(organisation: Organisation, employee: Employee) -> list[Message]:
    """Every mail to a person, the newest first, with what came back of it."""
    rows = messages(organisation).filter(invitation__employee=employee).prefetch_related("bounces")
    return list(rows.order_by("-created_at", "-id"))


def invitations_of(organisation: Organisation, employee: Employee) -> list[Invitation]:
    requests = AttestationRequest.objects.select_related("policy_version__policy").order_by("id")
    rows = Invitation.objects.filter(campaign__organisation=organisation, employee=employee)
    found = rows.select_related("campaign__organisation", "employee").prefetch_related(Prefetch("requests", requests))
    return list(found.order_by("-id"))


def living_invitations(campaign: Campaign) -> QuerySet[Invitation]:
    """Links of a campaign that work, by name."""
    rows = Invitation.objects.filter(campaign=campaign, revoked_at=None, employee__status=Employee.Status.ACTIVE)
    return rows.select_related("employee", "campaign__organisation").order_by("employee__name", "id")


def drafted_rounds(organisation: Organisation) -> QuerySet[Campaign]:
    """Next rounds that wait for somebody to start them."""
    rows = Campaign.objects.filter(organisation=organisation, state=CampaignState.DRAFT).exclude(follows=None)
    return rows.select_related("follows").order_by("id")


def repeating(now: datetime) -> list[Campaign]:
    """Started campaigns that want a next round and have none yet."""
    rows = Campaign.objects.exclude(repeats=Repeats.NEVER).exclude(started_at=None).filter(next_rounds=None)
    return list(rows.select_related("organisation").order_by("id"))
