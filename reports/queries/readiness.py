"""A campaign's figures at an instant as they may be shown, with their names."""

from collections.abc import Iterable, Mapping, Sequence
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
    beside,
    cumulative,
    merge_small,
    on_grid,
    only_row,
    protect,
)

MOST_DEPARTMENTS = 30
TREND = timedelta(days=7)
SHORTLY = timedelta(days=60)
Line = Sequence[tuple[date, int]]


@dataclass(frozen=True)
class PolicyRow:
    """One policy version on its own."""

    version: PolicyVersion
    figures: Figures


@dataclass(frozen=True)
class Readiness:
    """Everything a dashboard or report says about a campaign at one instant, as it may be shown.

    `line` counts people who confirm by the day of the answer that stands. `effective` is the day of the change by
    region; `before` how many people of a region said so before it. `held`: policy versions that people were asked about
    and that have no figures of their own here. `erased`: people who were invited and whose data are
    gone: they are in no figure. `earlier`: the total as a report as of `TREND` before shows it; None where the campaign
    is younger.
    """

    campaign: Campaign
    as_of: datetime
    step: int
    total: Figures
    regions: Sequence[Row]
    departments: Sequence[Row]
    languages: Sequence[Row]
    policies: Sequence[PolicyRow]
    held: Sequence[PolicyVersion]
    line: Line
    effective: Mapping[str, date]
    before: Mapping[tuple[str, ...], int]
    erased: int
    earlier: Figures | None

    @property
    def asked_about(self) -> list[PolicyVersion]:
        return [*(row.version for row in self.policies), *self.held]

    def span(self, marks: Iterable[date]) -> tuple[date, date]:
        """What a line over time covers: from the start, or a mark shortly before it, to the day of the figures."""
        last = self.as_of.astimezone(UTC).date()
        first = (self.campaign.started_at or self.as_of).astimezone(UTC).date()
        return min([first, *(day for day in marks if first - SHORTLY <= day < first)]), last

    @property
    def only_policy(self) -> PolicyRow | None:
        """The one about which everybody was asked: its figures are the campaign's, and so are its places."""
        return self.policies[0] if len(self.policies) == 1 and not self.held else None

    @property
    def too_few(self) -> bool:
        return 0 < self.total.asked < self.step


@dataclass(frozen=True)
class Counted:
    """What was counted of a campaign at one instant, before anything is held back: never shown as it is.

    `published`: some answers are counted without names, and have been published by region. `reopened`: policy → people
    who were asked by an older version of it than is in force. `earlier`: what was counted as of `TREND` before, with
    whether outcomes had been published by then."""

    exact: Tally
    published: bool
    effective: Mapping[str, date]
    erased: int
    reopened: Mapping[str, int]
    earlier: tuple[Tally, bool] | None = None


def readiness(campaign: Campaign, as_of: datetime, minimum_cell: int) -> Readiness:
    """With what had been published by then of answers that are counted and not kept by name."""
    counted = count(campaign, as_of)
    return as_shown(campaign, as_of, counted, minimum_cell, versions=versions_of(counted.exact))


def versions_of(exact: Tally) -> list[PolicyVersion]:
    """What was counted apart, by policy and day; with their policies."""
    rows = PolicyVersion.objects.filter(pk__in=exact.policies).select_related("policy")
    return list(rows.order_by("policy__key", "effective_from"))


def count(campaign: Campaign, as_of: datetime, *, notes: bool = False) -> Counted:
    """`notes`: also what only the dashboard says."""
    published, organisation = published_counts(campaign, as_of), Organisation(pk=campaign.organisation_id)
    return Counted(
        exact=tally(campaign, as_of, published),
        published=bool(published),
        effective=effective_days(campaign),
        erased=erased_from(organisation, campaign.pk),
        reopened=reopened(organisation, timezone.localdate(as_of)) if notes else {},
        earlier=_earlier(campaign, as_of - TREND) if notes else None,
    )


def _earlier(campaign: Campaign, then: datetime) -> tuple[Tally, bool] | None:
    if campaign.started_at is None or then < campaign.started_at:
        return None
    published = published_counts(campaign, then)
    return tally(campaign, then, published), bool(published)


def as_shown(
    campaign: Campaign, as_of: datetime, counted: Counted, minimum_cell: int, *, versions: Sequence[PolicyVersion]
) -> Readiness:
    """Counts with held back what would tell too much. `versions` are those of `versions_of`."""
    exact, step = counted.exact, max(1, minimum_cell)
    shown = _protected(exact, step, apart=counted.published)
    regions = shown.tables.get("regions") or only_row(merge_small(exact.regions, step), shown.total, step)
    policies = _policies(counted, shown)
    return Readiness(
        campaign=campaign,
        as_of=as_of,
        step=step,
        total=shown.total,
        regions=regions,
        departments=shown.tables.get("departments", ()),
        languages=shown.tables.get("languages", ()),
        policies=[PolicyRow(version, policies[version.pk]) for version in versions if version.pk in policies],
        held=[version for version in versions if version.pk not in policies],
        line=cumulative(exact.days.values(), frozenset({CONFIRMED})),
        effective=counted.effective,
        before={row.codes: _before(row, exact, counted.effective, step) for row in regions},
        erased=counted.erased,
        earlier=_protected(counted.earlier[0], step, apart=counted.earlier[1]).total if counted.earlier else None,
    )


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


def _policies(counted: Counted, shown: Protected) -> Mapping[int, Figures]:
    """A campaign's only policy has the total's figures as shown: on its own it would give back what they hold back.
    Several stand beside it only where they and the total tell nothing of each other; and not where outcomes have been
    published of answers without names, which no policy knows."""
    exact = counted.exact
    if shown.total.asked < shown.step:
        return {}
    if len(exact.policies) == 1:
        return dict.fromkeys(exact.policies, shown.total)
    return {} if counted.published else beside(shown.total, exact.policies, shown.step)


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
