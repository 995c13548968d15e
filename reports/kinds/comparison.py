"""Comparison: two campaigns, or two instants of one. Both sides are what their own reports show, and nothing finer."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports import composing, wording
from reports.gateways import Sheet
from reports.kinds.content import Content, NotPossible, Step, figures_and_background, shared_facts
from reports.localised import moment, number, short_day, signed
from reports.models import Report
from reports.queries import Readiness, readiness
from reports.rules import Bar, Figures, Pair, Row, bars, points, side_by_side
from reports.wording import share, shown

_LAST = ("method", "limits", "verify", "policies")
_BARS = 8  # regions on the page of bars, two bars each
_NOTHING = "–"


class Side(NamedTuple):
    name: str
    short: str
    found: Readiness


class Line(NamedTuple):
    """One row of a table of pairs, as texts."""

    name: str
    asked: tuple[str, str]
    confirmed: tuple[str, str]
    change: str
    readiness: tuple[str, str]
    points: str


def content(report: Report, step: Step) -> Content:
    found, back = figures_and_background(report, step)
    earlier_campaign = report.compared_with or report.campaign
    earlier_at = report.compared_as_of or report.as_of
    if (earlier_campaign, earlier_at) == (report.campaign, report.as_of):
        raise NotPossible("A comparison needs another campaign or another instant.")
    before = readiness(earlier_campaign, earlier_at, report.organisation.smallest_group)
    one = earlier_campaign == report.campaign
    earlier, later = (_side(item, one=one) for item in (before, found))
    tables = _tables(earlier, later)
    return Content(
        template="reports/pdf/comparison.html",
        facts={
            **shared_facts(report, found, back, _("Comparison")),
            **_facts(earlier, later, tables),
        },
        figures={
            **composing.machine_head(report, found, back),
            "earlier": _machine(before),
            "later": _machine(found),
        },
        sheets=lambda: _sheets(earlier, later, tables),
        flat=lambda: _flat(earlier, later, tables),
    )


def _side(found: Readiness, *, one: bool) -> Side:
    at = moment(found.as_of.astimezone(UTC))
    day = short_day(found.as_of.astimezone(UTC))
    return Side(f"{found.campaign.name}, {at} UTC", f"{at} UTC" if one else f"{found.campaign.name}, {day}", found)


def _facts(earlier: Side, later: Side, tables: "Tables") -> dict[str, Any]:
    old, new, step = earlier.found.total, later.found.total, later.found.step
    can = all(side.found.total.asked and not side.found.too_few for side in (earlier, later))
    bars_of = _pair_bars(earlier, later) if can else ()
    before = 1 + bool(bars_of) + can  # chapters that stand before those which every report ends with
    return {
        "section": {name: before + number for number, name in enumerate(_LAST, start=1)} | {"figures": before},
        "title": later.found.campaign.name,
        "subtitle": _("%(later)s, compared with %(earlier)s") % {"later": later.short, "earlier": earlier.short},
        "earlier": earlier,
        "later": later,
        "shown": can,
        "big": f"{_share(old, step)} → {_share(new, step)}" if can else _NOTHING,
        "sentence": _sentence(earlier, later) if can else _nothing(earlier, later),
        "findings": list(_findings(earlier, later)) if can else [],
        "keys": list(_keys(old, new, step)),
        "tables": [(heading, lines) for heading, _first, lines in tables],
        "pair_bars": bars_of,
        "pair_title": _("%(later)s, compared with %(earlier)s") % {"later": later.short, "earlier": earlier.short},
        "total_line": _line(_("All regions"), old, new, step),
    }


def _nothing(earlier: Side, later: Side) -> str:
    """Why there is nothing to compare."""
    for side in (earlier, later):
        if not side.found.total.asked:
            return _("Nothing to compare: nobody had been asked in %(side)s.") % {"side": side.name}
    return _("Too few people to show their answers.")


def _share(figures: Figures, step: int) -> str:
    return share(figures.confirmed, figures.asked, step)


def _sentence(earlier: Side, later: Side) -> str:
    step = later.found.step
    old, new = earlier.found.total, later.found.total
    facts = {"old": _share(old, step), "new": _share(new, step)}
    moved = points(old, new, step)
    if moved is None:
        return _("Readiness: %(new)s now, %(old)s before.") % facts
    if not moved:
        return _("Readiness is the same on both sides: %(new)s.") % facts
    if moved > 0:
        return _("Readiness is higher: %(new)s now, %(old)s before.") % facts
    return _("Readiness is lower: %(new)s now, %(old)s before.") % facts


def _findings(earlier: Side, later: Side) -> Iterator[str]:
    step, old, new = later.found.step, earlier.found.total, later.found.total
    yield _sentence(earlier, later)
    yield ngettext(
        "%(new)s person was asked, %(old)s before.", "%(new)s people were asked, %(old)s before.", new.asked
    ) % {"new": number(new.asked), "old": number(old.asked)}  # fmt: skip
    yield ngettext(
        "%(new)s person answered (%(rate)s), %(old)s before (%(old_rate)s).",
        "%(new)s people answered (%(rate)s), %(old)s before (%(old_rate)s).",
        wording.people(new.answered, step),
    ) % {
        "new": shown(new.answered, new.asked, step),
        "rate": share(new.answered, new.asked, step),
        "old": shown(old.answered, old.asked, step),
        "old_rate": share(old.answered, old.asked, step),
    }
    yield from _movers(side_by_side(earlier.found.regions, later.found.regions), step)
    alone = [pair for pair in side_by_side(earlier.found.regions, later.found.regions) if not pair.both]
    if alone:
        yield ngettext(
            "%(rows)s row of regions stands on one side only, because it holds other countries there.",
            "%(rows)s rows of regions stand on one side only, because they hold other countries there.",
            len(alone),
        ) % {"rows": number(len(alone))}
    erased = max(side.found.erased for side in (earlier, later))
    if erased:
        yield wording.erased_text(erased)


def _movers(pairs: Sequence[Pair], step: int) -> Iterator[str]:
    """Single countries with people enough that a step is no more than a quarter of them."""
    moved = []
    for pair in pairs:
        old, new = pair.earlier, pair.later
        if pair.merged or old is None or new is None or min(old.asked, new.asked) < 4 * step:
            continue
        if by := points(old, new, step):
            moved.append((by, wording.region_name(Row(pair.codes, new))))
    moved.sort()
    if moved and moved[-1][0] > 0:
        by, place = moved[-1]
        yield ngettext(
            "Highest rise: %(place)s, %(points)s point.", "Highest rise: %(place)s, %(points)s points.", by
        ) % {"place": place, "points": signed(by)}  # fmt: skip
    if moved and moved[0][0] < 0:
        by, place = moved[0]
        yield ngettext(
            "Largest fall: %(place)s, %(points)s point.", "Largest fall: %(place)s, %(points)s points.", -by
        ) % {"place": place, "points": signed(by)}  # fmt: skip


def _keys(old: Figures, new: Figures, step: int) -> Iterator[tuple[str, str, str]]:
    """(label, later, earlier)."""
    yield _("Asked"), number(new.asked), number(old.asked)
    for label, name in (
        (_("Answered"), "answered"),
        (_("Confirmed"), "confirmed"),
        (_("Declined"), "declined"),
        (_("Needs help"), "open"),
        (_("Outstanding"), "unanswered"),
    ):
        yield (
            label,
            share(getattr(new, name), new.asked, step),
            share(getattr(old, name), old.asked, step),
        )


# --- Tables ----------------------------------------------------------------------------------------------------------

Tables = list[tuple[str, str, list[Line]]]


def _tables(earlier: Side, later: Side) -> Tables:
    """(heading, first column, lines)."""
    step, one, two = later.found.step, earlier.found, later.found
    found: Tables = [
        (_("By region"), _("Region"), _lines(one.regions, two.regions, step, wording.region_name)),
        (_("By department"), _("Department"), _lines(one.departments, two.departments, step, _group(step))),
        (
            _("By language of the mails"),
            _("Language"),
            _lines(one.languages, two.languages, step, _group(step, languages=True)),
        ),
        (_("By policy"), _("Policy"), _policy_lines(one, two)),
    ]
    return [table for table in found if table[2]]


def _group(step: int, *, languages: bool = False) -> Any:
    return lambda row: wording.named_groups([row], step, languages=languages)[0].name


def _lines(earlier: Sequence[Row], later: Sequence[Row], step: int, name: Any) -> list[Line]:
    pairs = side_by_side(earlier, later)
    return [
        _line(name(Row(pair.codes, pair.later or pair.earlier or Figures())), pair.earlier, pair.later, step)
        for pair in pairs
    ]


def _policy_lines(one: Readiness, two: Readiness) -> list[Line]:
    """By policy: the other side may have asked about another version of it."""
    rows = [
        [Row((item.version.policy.key, item.version.key), item.figures) for item in found.policies]
        for found in (one, two)
    ]
    versions = [item.version for found in (one, two) for item in found.policies]
    names = {(version.policy.key, version.key): wording.policy_name(version) for version in versions}
    pairs = side_by_side(*rows)
    return [_line(names[pair.codes[0], pair.codes[1]], pair.earlier, pair.later, two.step) for pair in pairs]


def _line(name: str, old: Figures | None, new: Figures | None, step: int) -> Line:
    def texts(figures: Figures | None) -> tuple[str, str, str]:
        if figures is None:
            return _NOTHING, _NOTHING, _NOTHING
        return (
            number(figures.asked),
            shown(figures.confirmed, figures.asked, step),
            share(figures.confirmed, figures.asked, step),
        )

    before, after = texts(old), texts(new)
    moved, by = _NOTHING, _NOTHING
    if old is not None and new is not None and old.asked and new.asked:
        moved = signed(new.confirmed - old.confirmed)
        between = points(old, new, step)
        by = _NOTHING if between is None else signed(between)
    return Line(name, (before[0], after[0]), (before[1], after[1]), moved, (before[2], after[2]), by)


def _pair_bars(earlier: Side, later: Side) -> tuple[Bar, ...]:
    """Two bars a region, the earlier above the later."""
    step = later.found.step
    named = []
    for pair in side_by_side(earlier.found.regions, later.found.regions)[:_BARS]:
        for label, figures in ((_("before"), pair.earlier), (_("now"), pair.later)):
            if pair.both and figures is not None:
                name = f"{wording.region_name(Row(pair.codes, figures))}, {label}"
                named.append((name, Row(pair.codes, figures)))
    return bars(named, step)


def _machine(found: Readiness) -> dict[str, Any]:
    """Exactly what the report of this side alone has."""
    return {
        "campaign": found.campaign.name,
        "as_of": found.as_of.astimezone(UTC).isoformat(),
        "total": composing.machine_values(found.total),
        "regions": [composing.machine_row(row, found) for row in found.regions],
        "departments": [composing.machine_row(row, found) for row in found.departments],
        "languages": [composing.machine_row(row, found) for row in found.languages],
        "policies": [
            {
                "policy": item.version.policy.key,
                "version": item.version.key,
                **composing.machine_values(item.figures),
            }
            for item in found.policies
        ],
    }


def _headers(first: str) -> list[str]:
    found = [first]
    for label in (_("Asked"), _("Confirmed"), _("Readiness")):
        found += [f"{label}, {_('before')}", f"{label}, {_('now')}"]
    return [*found, _("Change of confirmed"), _("Points")]


def _cells(line: Line) -> list[str | int]:
    return [line.name, *line.asked, *line.confirmed, *line.readiness, line.change, line.points]


def _sheets(earlier: Side, later: Side, tables: Tables) -> Iterator[Sheet]:
    about: list[list[str | int]] = [
        [_("Before"), earlier.name],
        [_("Now"), later.name],
        [_("Steps of people in which answers are shown"), later.found.step],
        [_("Limits"), _("Self-attested, not verified.")],
    ]
    yield Sheet(_("Summary"), [_("What"), _("Figure")], about, widths=(34, 70))
    for heading, first, lines in tables:
        yield Sheet(heading, _headers(first), [_cells(line) for line in lines], widths=(40,))


def _flat(earlier: Side, later: Side, tables: Tables) -> tuple[list[str], list[list[str | int]]]:
    total = _line(_("All"), earlier.found.total, later.found.total, later.found.step)
    rows = [[_("All"), *_cells(total)]]
    for heading, _first, lines in tables:
        rows += [[heading, *_cells(line)] for line in lines]
    return [_("Table"), *_headers(_("Row"))], rows
