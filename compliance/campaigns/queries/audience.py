"""Whom a campaign would reach, and what applies to them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from compliance.campaigns.models import (
    AttestationRequest,
    Campaign,
)
from compliance.campaigns.rules import LIVE
from compliance.campaigns.rules import Audience as Chosen
from compliance.campaigns.rules import audience as chosen_audience
from compliance.catalogue.models import PolicyVersion
from compliance.catalogue.queries import catalogue, overrides, resolver
from compliance.catalogue.rules import COLLECTING, Advice, Decision, Subject, resolve
from employees.models import Employee
from employees.names import country_name
from employees.queries import active_employees
from organisations.models import Organisation

Deciding = Callable[[str, str], list[Decision]]


def deciding(organisation: Organisation, policy_keys: Sequence[str], on: date) -> Deciding:
    """(country, subdivision) → what each of these policies means there on a day, but for those to withhold."""
    decisions, keys = resolver(organisation, on), frozenset(policy_keys)
    return lambda country, subdivision: [
        item for item in decisions[country, subdivision] if item.policy in keys and item.advice is not Advice.WITHHOLD
    ]


def decisions_about(
    organisation: Organisation, policy_keys: Sequence[str], on: date, subject: Subject
) -> list[Decision]:
    """What each of these policies means for one person on a day, but for those to withhold."""
    found = resolve(subject, on, catalogue(), overrides(organisation))
    return [item for item in found if item.policy in policy_keys and item.advice is not Advice.WITHHOLD]


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
    """People of a campaign for whom another version of a policy is in force now than they were asked by."""
    decisions = resolver(organisation, timezone.localdate())
    requests = AttestationRequest.objects.filter(
        invitation__campaign_id=campaign_id,
        invitation__campaign__organisation=organisation,
        invitation__revoked_at=None,
        withdrawn_at=None,
    )
    names = ("policy_version__policy__key", "policy_version__key", "invitation__country", "invitation__subdivision")
    found: set[int] = set()
    for policy, version, country, subdivision, person in requests.order_by().values_list(
        *names, "invitation__employee_id"
    ):
        now = next((item for item in decisions[country, subdivision] if item.policy == policy), None)
        if now and now.version and now.asks and now.version != version:
            found.add(person)
    return sorted(found)


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


def _approach(concerned: list[Decision]) -> str:
    if all(item.collection_mode not in COLLECTING for item in concerned):
        return "informed"
    return "asked" if any(item.asks for item in concerned) else "offered"


def reopened(organisation: Organisation, on: date) -> dict[str, int]:
    """Policy key → people in running campaigns whose policy has a newer version in force than they were asked by."""
    requests = (
        AttestationRequest.objects.filter(
            invitation__campaign__organisation=organisation,
            invitation__campaign__state__in=LIVE,
            invitation__revoked_at=None,
            withdrawn_at=None,
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


def find_person(campaign: Campaign, text: str) -> Employee | None:
    """Somebody of a campaign's audience by address, number or a part of the name."""
    people = audience_people(campaign)
    return (
        people.filter(Q(email__iexact=text) | Q(external_id=text)).first()
        or people.filter(name__icontains=text).first()
    )
