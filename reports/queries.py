from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from django.db.models import Q, QuerySet
from django.utils import timezone

from compliance.attestations.queries import answers_as_of, published_counts
from compliance.campaigns.models import AttestationRequest, Campaign
from compliance.campaigns.queries import delivery_counts
from compliance.catalogue.assembly import overdue
from compliance.catalogue.models import Policy, PolicyVersion
from compliance.catalogue.queries import conflicts_of, document, overrides_behind, sources
from compliance.catalogue.rules import ASKING, COLLECTING, CollectionMode, Override
from compliance.catalogue.schema import ConflictEntry, SourceEntry, VersionEntry
from employees.names import country_in_sentence, country_name
from organisations.models import Organisation
from organisations.queries import LogState, evidence_state
from organisations.queries.evidence import erased_from
from reports.models import Report
from reports.rules import (
    Chart,
    Figures,
    Named,
    Person,
    RegionRow,
    by_region,
    count,
    findings,
    headline,
    region_chart,
    with_published,
)


@dataclass(frozen=True)
class Readiness:
    """Everything a dashboard or report says about a campaign at one instant."""

    campaign: Campaign
    as_of: datetime
    total: Figures
    regions: list[Named]
    headline: str
    chart: Chart
    too_few: bool


@dataclass(frozen=True)
class VersionText:
    row: PolicyVersion
    text: VersionEntry
    sources: list[SourceEntry]


@dataclass(frozen=True)
class ReportContent:
    """A report's facts, before layout."""

    readiness: Readiness
    findings: list[str]
    delivery: dict[str, int]
    versions: list[VersionText]
    conflicts: list[ConflictEntry]
    overdue: list[Policy]
    overrides: list[tuple[str, Override]]
    minimum_cell: int
    log: LogState


def people_as_of(campaign: Campaign, as_of: datetime) -> list[Person]:
    """Everybody invited by `as_of` with the answers they had given then, from the append-only rows."""
    rows = list(
        AttestationRequest.objects.filter(invitation__campaign=campaign, created_at__lte=as_of)
        .filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=as_of))
        .order_by("invitation_id", "id")
        .values_list("invitation_id", "id", "invitation__country", "collection_mode", "advice", "answered_at")
    )
    answers: dict[int, str] = {}
    for start in range(0, len(rows), 500):
        answers |= answers_as_of([pk for _, pk, *_ in rows[start : start + 500]], as_of)
    people = [_person(list(group), answers, as_of) for _, group in groupby(rows, key=lambda row: row[0])]
    return with_published(people, published_counts(campaign, as_of))


def _person(
    rows: list[tuple[int, int, str, str, str, datetime | None]], answers: dict[int, str], as_of: datetime
) -> Person:
    asked = [(answers.get(pk, ""), advice) for _, pk, _, mode, advice, _ in rows if mode in COLLECTING]
    days = [at for *_, mode, advice, at in rows if mode == CollectionMode.ANONYMOUS_COUNT and advice in ASKING]
    return Person(
        country=rows[0][2],
        asked=tuple(answer for answer, advice in asked if advice in ASKING),
        offered=tuple(answer for answer, advice in asked if advice not in ASKING),
        counted=any(at is not None and at <= as_of for at in days),
    )


def region_name(row: RegionRow) -> str:
    if not row.merged:
        return country_name(row.codes[0])
    return f"{len(row.codes)} smaller countries"


def readiness(campaign: Campaign, as_of: datetime, minimum_cell: int) -> Readiness:
    people = people_as_of(campaign, as_of)
    total = count(people)
    regions = [
        Named(region_name(row), row, countries_of(row), place_of(row)) for row in by_region(people, minimum_cell)
    ]
    erased = _erased(campaign)
    too_few = 0 < total.asked < minimum_cell
    if too_few:
        sentence = f"{total.asked} asked: too few people to show their answers."
        sentence += erased
        return Readiness(campaign, as_of, Figures(asked=total.asked), [], sentence, region_chart(Figures(), []), True)
    if total.offered < minimum_cell:
        total = replace(total, offered=0, taken=0)
    sentence = headline(total, regions) + erased
    return Readiness(campaign, as_of, total, regions, sentence, region_chart(total, regions), False)


def _erased(campaign: Campaign) -> str:
    """A sentence on people who were asked and are no longer counted; empty when there are none."""
    people = erased_from(Organisation(pk=campaign.organisation_id), campaign.pk)
    if not people:
        return ""
    return f" The data of {people:,} more who were invited have been erased; they are in no figure."


def place_of(row: RegionRow) -> str:
    """As it stands after "in": the United Kingdom, 24 smaller countries."""
    return region_name(row) if row.merged else country_in_sentence(row.codes[0])


def countries_of(row: RegionRow) -> str:
    """The countries a merged row holds, by name; "" for a single one."""
    if not row.merged:
        return ""
    return ", ".join(sorted(country_name(code) for code in row.codes))


def report_content(report: Report) -> ReportContent:
    organisation = report.organisation
    found = readiness(report.campaign, report.as_of, organisation.minimum_cell)
    versions = _versions(report.campaign)
    on = timezone.localdate(report.as_of)
    start: date | None = min((version.row.effective_from for version in versions), default=None)
    return ReportContent(
        readiness=found,
        findings=[found.headline] if found.too_few else findings(found.total, found.regions, start, on),
        delivery=delivery_counts(report.campaign),
        versions=versions,
        conflicts=conflicts_of({version.row.policy.key for version in versions}),
        overdue=[version.row.policy for version in versions if overdue(version.row.policy.review_due, on)],
        minimum_cell=organisation.minimum_cell,
        overrides=overrides_behind(organisation, _collection_reasons(report.campaign)),
        log=evidence_state(organisation),
    )


def _collection_reasons(campaign: Campaign) -> set[str]:
    """Why answers were collected as they were, of every request of a campaign."""
    requests = AttestationRequest.objects.filter(invitation__campaign=campaign).order_by()
    return set(requests.values_list("collection_reason", flat=True).distinct())


def _versions(campaign: Campaign) -> list[VersionText]:
    asked = AttestationRequest.objects.filter(invitation__campaign=campaign).values("policy_version_id").distinct()
    rows = PolicyVersion.objects.filter(pk__in=asked).select_related("policy").order_by("policy__key", "effective_from")
    return [VersionText(row, text := document(row), sources(text.core_sources())) for row in rows]


def reports(organisation: Organisation) -> QuerySet[Report]:
    return Report.objects.filter(organisation=organisation).select_related("campaign").order_by("-id")


def report(organisation: Organisation, pk: int) -> Report | None:
    return reports(organisation).select_related("organisation").filter(pk=pk).first()
