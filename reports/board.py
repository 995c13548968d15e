"""What the dashboard draws of a cut, in the same words, steps and shapes as the reports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.names import country_name
from reports import wording
from reports.cuts import NO_DEPARTMENT, Cut, Wish, policy_code
from reports.key_figures import in_words, key_figures
from reports.localised import number
from reports.queries import Readiness
from reports.rules import Figures, Row, bars, curve, tile_map

MOST_BARS = 12  # the table has all


def board(found: Readiness, cut: Cut, wanted: Wish, today: date) -> dict[str, Any]:
    """The context of the page's figures; without any where the cut has none to show."""
    context: dict[str, Any] = {"readiness": found, "cut": cut, "step": found.step, "effective": effective(found, today)}
    if cut.figures is None:
        return context | {"headline": "" if wanted.any else wording.headline(found, [])}
    regions = wording.named_regions(cut.regions, found.step)
    whole = not wanted.any
    context |= {
        "headline": wording.headline(found, regions) if whole else in_words(cut.figures, found.step),
        "figures": cut.figures,
        "key_figures": key_figures(cut.figures, found.step, found.earlier if whole else None),
        "regions": regions,
        "departments": wording.named_groups(cut.departments, found.step),
        "place": place_name(cut.row, wanted) if cut.row else "",
        "policy_bars": wording.policy_bars(cut.policies, found.step) if whole else (),
        "policies_note": wording.policies_note(found) if whole else "",
    }
    asked = [(item.name, item.row) for item in regions if item.row.figures.asked]
    if len(asked) > 1:
        context |= {"bars": bars(asked[:MOST_BARS], found.step), "more_bars": max(0, len(asked) - MOST_BARS)}
        context |= {"chart_title": wording.chart_title(regions), **_map(cut.regions, found.step)}
    if cut.line and cut.figures.asked:
        context |= _line(found, cut)
    return context


def place_name(row: Row, wanted: Wish) -> str:
    if wanted.country:
        return wording.region_name(row)
    return wording.named_groups([row], 1)[0].name


# --- Days ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effective:
    """A day on which something takes effect: `days` from today, below 0 when it has; `names` of what does."""

    day: date
    days: int
    text: str
    names: list[str]


def effective(found: Readiness, today: date) -> list[Effective]:
    """By day; every policy version that is asked about, and days that only regions name."""
    names: dict[date, list[str]] = {day: [] for day in found.effective.values()}
    for version in found.asked_about:
        names.setdefault(version.effective_from, []).append(wording.policy_name(version))
    return [Effective(day, (day - today).days, _when((day - today).days), names[day]) for day in sorted(names)]


def _when(days: int) -> str:
    if not days:
        return _("takes effect today")
    if days > 0:
        return ngettext("takes effect in %(days)s day", "takes effect in %(days)s days", days) % {"days": days}
    return ngettext("in effect for %(days)s day", "in effect for %(days)s days", -days) % {"days": -days}


# --- Drawings --------------------------------------------------------------------------------------------------------


def _line(found: Readiness, cut: Cut) -> dict[str, Any]:
    figures = cut.figures or Figures()
    days = {version.effective_from for version in found.asked_about} | set(found.effective.values())
    drawn = curve(
        cut.line,
        asked=figures.asked,
        shown=figures.confirmed,
        step=found.step,
        span=found.span(days),
        marks=sorted(days),
        size=(480, 150),
    )
    return {"curve": drawn, "curve_end": wording.share(figures.confirmed, figures.asked, found.step)}


def _map(rows: Sequence[Row], step: int) -> dict[str, Any]:
    known = {code: row for row in rows for code in row.codes}
    tiles = [(tile, _tile_text(tile.code, known.get(tile.code), step)) for tile in tile_map(rows, step)]
    return {"tiles": tiles, **wording.map_key(rows)}


def _tile_text(code: str, row: Row | None, step: int) -> str:
    """Nothing for a place that the campaign does not concern."""
    if row is None:
        return ""
    if not row.figures.asked:
        return _("%(place)s: informed only") % {"place": country_name(code)}
    if row.merged:
        return _("%(place)s: counted together with others") % {"place": country_name(code)}
    facts = {"place": country_name(code), "asked": number(row.figures.asked)}
    return _("%(place)s: %(share)s of %(asked)s") % {
        **facts,
        "share": wording.share(row.figures.confirmed, row.figures.asked, step),
    }


# --- What may be chosen ----------------------------------------------------------------------------------------------


def choices(found: Readiness, wanted: Wish) -> dict[str, Any]:
    """Options of the filters as (value, label): what has a row of its own, and what is chosen already."""
    countries = {code: country_name(code) for row in found.regions for code in row.codes if code}
    departments = {
        row.codes[0] or NO_DEPARTMENT: wording.named_groups([row], 1)[0].name
        for row in found.departments
        if not row.merged
    }
    policies = {policy_code(row.version): wording.policy_name(row.version) for row in found.policies}
    lists = {"country": countries, "department": departments, "policy": policies}
    return {
        "options": {
            name: [*_kept(labels, getattr(wanted, name)), *sorted(labels.items(), key=lambda item: item[1].casefold())]
            for name, labels in lists.items()
        },
        "chosen": {
            name: labels.get(value, value) for name, labels in lists.items() if (value := getattr(wanted, name))
        },
    }


def _kept(labels: dict[str, str], value: str) -> Iterator[tuple[str, str]]:
    """What an address names and no list has stays chosen, so that it can be seen and taken away."""
    if value and value not in labels:
        yield value, value
