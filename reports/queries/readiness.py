"""A campaign's figures at an instant as they may be shown, with their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Min
from django.utils import timezone

from compliance.attestations.queries import published_counts
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation
from compliance.campaigns.queries import reopened
from compliance.catalogue.models import PolicyVersion
from organisations.models import Organisation
from organisations.queries.evidence import erased_from
from reports.queries.tallies import tally
from reports.rules import (
    CONFIRMED,
    Figures,
    Protected,
    Row,
    Tally,
    cumulative,
    merge_small,
    on_grid,
    only_row,
    protect,
    protected_row,
    standing_by,
)

MOST_DEPARTMENTS = 30
TREND = timedelta(days=7)
Line = Sequence[tuple[date, int]]


@dataclass(frozen=True)
class PolicyRow:
    """One policy version on its own: its figures, and how many had confirmed it by which day; its regions and
    departments where they were counted, and where they tell no more than the figures do."""

    version: PolicyVersion
    figures: Figures
    line: Line
    regions: Sequence[Row] = ()
    departments: Sequence[Row] = ()


@dataclass(frozen=True)
class Readiness:
    """Everything a dashboard or report says about a campaign at one instant, as it may be shown.

    `line` counts people who confirm by the day of the answer that stands. `effective` is the day of the change by
    region; `before` how many people of a region said so before it. `erased`: people who were invited and whose data are
    gone: they are in no figure. `earlier`: the total `TREND` before, by the day of the answer that stands; None where
    the campaign is younger, or answers are published without their day.
    """

    campaign: Campaign
    as_of: datetime
    step: int
    total: Figures
    regions: Sequence[Row]
    departments: Sequence[Row]
    languages: Sequence[Row]
    policies: Sequence[PolicyRow]
    line: Line
    effective: Mapping[str, date]
    before: Mapping[tuple[str, ...], int]
    erased: int
    earlier: Figures | None

    @property
    def too_few(self) -> bool:
        return 0 < self.total.asked < self.step


@dataclass(frozen=True)
class Counted:
    """What was counted of a campaign at one instant, before anything is held back: never shown as it is.

    `published`: some answers are counted without names, and have been published by region. `reopened`: policy → people
    who were asked by an older version of it than is in force."""

    exact: Tally
    published: bool
    effective: Mapping[str, date]
    erased: int
    reopened: Mapping[str, int]


def readiness(campaign: Campaign, as_of: datetime, minimum_cell: int) -> Readiness:
    """With what had been published by then of answers that are counted and not kept by name."""
    counted = count(campaign, as_of)
    return as_shown(campaign, as_of, counted, minimum_cell, versions=versions_of(counted.exact))


def versions_of(exact: Tally) -> list[PolicyVersion]:
    """What was counted apart, by policy and day; with their policies."""
    rows = PolicyVersion.objects.filter(pk__in=exact.policies).select_related("policy")
    return list(rows.order_by("policy__key", "effective_from"))


def count(campaign: Campaign, as_of: datetime, *, parts: bool = False) -> Counted:
    """`parts`: also what only the dashboard shows."""
    published, organisation = published_counts(campaign, as_of), Organisation(pk=campaign.organisation_id)
    return Counted(
        exact=tally(campaign, as_of, published, parts=parts),
        published=bool(published),
        effective=effective_days(campaign),
        erased=erased_from(organisation, campaign.pk),
        reopened=reopened(organisation, timezone.localdate(as_of)) if parts else {},
    )


def as_shown(
    campaign: Campaign, as_of: datetime, counted: Counted, minimum_cell: int, *, versions: Sequence[PolicyVersion]
) -> Readiness:
    """Counts with held back what would tell too much. `versions` are those of `versions_of`."""
    exact, step = counted.exact, max(1, minimum_cell)
    shown = _protected(exact, step, apart=counted.published)
    regions = shown.tables.get("regions") or only_row(merge_small(exact.regions, step), shown.total, step)
    return Readiness(
        campaign=campaign,
        as_of=as_of,
        step=step,
        total=shown.total,
        regions=regions,
        departments=shown.tables.get("departments", ()),
        languages=shown.tables.get("languages", ()),
        policies=_policies(exact, versions, step, shown, regions),
        line=cumulative(exact.days.values(), frozenset({CONFIRMED})),
        effective=counted.effective,
        before={row.codes: _before(row, exact, counted.effective, step) for row in regions},
        erased=counted.erased,
        earlier=None if counted.published else _earlier(campaign, exact, as_of, step),
    )


def _earlier(campaign: Campaign, exact: Tally, as_of: datetime, step: int) -> Figures | None:
    """Held back like any other row: a total of that day in a report says no less."""
    if campaign.started_at is None or as_of - TREND < campaign.started_at or exact.total.asked < step:
        return None
    return protected_row(standing_by(exact, (as_of.astimezone(UTC) - TREND).date()), step)


def _protected(exact: Tally, step: int, *, apart: bool) -> Protected:
    """Regions, departments and languages together; `apart` where only the regions know what was published."""
    regions = {"regions": merge_small(exact.regions, step)}
    others = {
        "departments": merge_small(exact.departments, step, MOST_DEPARTMENTS),
        "languages": merge_small(exact.languages, step),
    }
    if not apart:
        return protect(exact.total, regions | others, step)
    total = sum(exact.departments.values(), Figures())
    main, rest = protect(exact.total, regions, step), protect(total, others, step)
    return Protected(main.total, {**main.tables, **rest.tables}, step)


def _policies(
    exact: Tally, versions: Sequence[PolicyVersion], step: int, shown: Protected, regions: Sequence[Row]
) -> list[PolicyRow]:
    """A campaign's only policy has the total's figures as shown: on its own it would give back what they hold back."""
    alone = len(exact.policies) == 1
    found = []
    for version in versions:
        if exact.policies[version.pk].asked < step:
            continue
        line = cumulative([exact.policy_days.get(version.pk, {})], frozenset({CONFIRMED}))
        if alone:
            departments = shown.tables.get("departments", ())
            found.append(PolicyRow(version, shown.total, line, regions, departments))
        else:
            figures = protected_row(exact.policies[version.pk], step)
            found.append(PolicyRow(version, figures, line, *_policy_tables(exact, version.pk, figures, step)))
    return found


def _policy_tables(exact: Tally, pk: int, shown: Figures, step: int) -> tuple[Sequence[Row], Sequence[Row]]:
    """A policy's regions and departments, where they leave its total as reports show it; else none of them."""
    tables = {
        "regions": merge_small(exact.policy_regions.get(pk, {}), step),
        "departments": merge_small(exact.policy_departments.get(pk, {}), step, MOST_DEPARTMENTS),
    }
    for names in (("regions", "departments"), ("regions",), ("departments",)):
        found = protect(exact.policies[pk], {name: tables[name] for name in names}, step)
        if found.total == shown:
            return found.tables.get("regions", ()), found.tables.get("departments", ())
    return (), ()


def _before(row: Row, exact: Tally, effective: Mapping[str, date], step: int) -> int:
    """People of a row who confirm by an answer of a day before the change, in steps, never more than are shown."""
    found = sum(
        counts[CONFIRMED]
        for code in row.codes
        if code in effective
        for day, counts in exact.days.get(code, {}).items()
        if day < effective[code]
    )
    return min(on_grid(found, step), row.figures.confirmed)


def effective_days(campaign: Campaign) -> dict[str, date]:
    """Region → the last day on which something takes effect of what its first person invited was asked."""
    invitations = Invitation.objects.filter(campaign=campaign).order_by()
    first = invitations.values("country").annotate(first=Min("id")).values("first")
    rows = AttestationRequest.objects.filter(invitation__in=first).order_by("policy_version__effective_from")
    return dict(rows.values_list("invitation__country", "policy_version__effective_from"))
