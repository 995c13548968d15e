"""Region sheet: one country, with exactly the figures that the board's report has for it.

The whole table is protected first and the country's row taken from it afterwards, so a sheet tells nothing that the
report does not. A country that was merged with others is shown with them.
"""

from collections.abc import Iterator
from datetime import UTC, date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports import composing, wording
from reports.gateways import Sheet
from reports.kinds.content import (
    Content,
    NotPossible,
    Step,
    advice_text,
    figures_and_background,
    mode_text,
    shared_facts,
    status_text,
)
from reports.localised import day, number
from reports.models import Report
from reports.queries import Background, Ground, Readiness, grounds
from reports.rules import Row, bars
from reports.sheets import number_headers, numbers
from reports.wording import share, shown

_SECTIONS = {"method": 3, "limits": 4, "verify": 5, "policies": 6}


def row_of(found: Readiness, country: str) -> Row:
    """Raises NotPossible for a country that nobody of the campaign is in."""
    for row in found.regions:
        if country in row.codes:
            return row
    raise NotPossible(f"Nobody in {country} had been asked or told by then.")


def content(report: Report, step: Step) -> Content:
    found, back = figures_and_background(report, step)
    row = row_of(found, report.country)
    here = _here(report, found, row)
    rules = grounds(report.campaign, report.as_of, report.country)
    return Content(
        template="reports/pdf/region.html",
        facts={
            **shared_facts(report, found, back, _("Region sheet")),
            **here,
            "section": _SECTIONS,
            "grounds": _grounds(rules, found.step),
        },
        figures=_machine(report, found, back, row),
        sheets=lambda: _sheets(report, found, back, row),
        flat=lambda: ([_("Region"), *number_headers()], [_line(here["place"], row, found.step)]),
    )


def _here(report: Report, found: Readiness, row: Row) -> dict[str, Any]:
    place = wording.region_name(Row((report.country,), row.figures))
    figures, step = row.figures, found.step
    showable = bool(figures.asked) and not found.too_few and figures.asked >= step
    effective = found.effective.get(report.country)
    before = found.before.get(row.codes, 0)
    return {
        "place": place,
        "title": place,
        "subtitle": report.campaign.name,
        "row": row,
        "figures": figures,
        "shown": showable,
        "big": share(figures.confirmed, figures.asked, step) if showable else "–",
        "sentence": _sentence(place, row, found, showable=showable),
        "together": _together(report.country, row) if row.merged else "",
        "findings": list(_findings(place, row, found, report.as_of.astimezone(UTC).date())) if showable else [],
        "bars": bars([(place, row), (_("All regions"), Row(("",), found.total))], step) if showable else (),
        "bars_title": _bars_title(place, row, found) if showable else "",
        "effective_day": effective,
        "before": shown(before, figures.asked, step),
    }


def _together(country: str, row: Row) -> str:
    others = sorted(wording.region_name(Row((code,), row.figures)) for code in row.codes if code != country)
    return ngettext(
        "Counted together with this country, because too few people were asked to show it alone: %(places)s.",
        "Counted together with these countries, because too few people were asked to show each alone: %(places)s.",
        len(others),
    ) % {"places": ", ".join(others)}


def _sentence(place: str, row: Row, found: Readiness, *, showable: bool) -> str:
    figures = row.figures
    facts = {
        "place": place if not row.merged else _("%(place)s and others") % {"place": place},
        "asked": number(figures.asked),
        "informed": number(figures.informed),
        "confirmed": shown(figures.confirmed, figures.asked, found.step),
    }
    if not figures.asked:
        text = ngettext(
            "%(place)s: %(informed)s person was informed and not asked.",
            "%(place)s: %(informed)s people were informed and not asked.",
            figures.informed,
        )
        return text % facts
    if not showable:
        text = ngettext(
            "%(place)s: %(asked)s person was asked, too few to show answers.",
            "%(place)s: %(asked)s people were asked, too few to show their answers.",
            figures.asked,
        )
        return text % facts
    text = ngettext(
        "%(place)s: %(confirmed)s of %(asked)s people asked has confirmed.",
        "%(place)s: %(confirmed)s of %(asked)s people asked have confirmed.",
        wording.people(figures.confirmed, found.step),
    )
    return text % facts


def _bars_title(place: str, row: Row, found: Readiness) -> str:
    mine, all_of_it = (
        share(item.confirmed, item.asked, found.step) for item in (row.figures, found.total)
    )  # fmt: skip
    return _("%(place)s: %(share)s have confirmed; in all regions %(all)s") % {
        "place": place,
        "share": mine,
        "all": all_of_it,
    }


def _findings(place: str, row: Row, found: Readiness, on: date) -> Iterator[str]:
    figures, step = row.figures, found.step
    yield from wording.told(figures, step)
    yield _("A mail reached %(reached)s of %(people)s people.") % {
        "reached": number(figures.reached),
        "people": number(figures.asked + figures.informed),
    }
    days = sorted({found.effective[code] for code in row.codes if code in found.effective})
    if days and days[-1] > on:
        yield _("The last change here takes effect on %(day)s.") % {"day": day(days[-1])}
    elif days:
        before = found.before.get(row.codes, 0)
        yield ngettext(
            "The last change here took effect on %(day)s; %(before)s person had confirmed before it.",
            "The last change here took effect on %(day)s; %(before)s people had confirmed before it.",
            wording.people(before, step),
        ) % {"day": day(days[-1]), "before": shown(before, figures.asked, step)}


def _grounds(rules: list[Ground], step: int) -> list[dict[str, str]]:
    """Of each policy the decision that most people come under; others only where they concern as many as the step:
    those of fewer are a person's own case."""
    first = {item.version.pk: item for item in reversed(rules)}  # by how many they concern, within a policy
    return [ground_line(item) for item in rules if item is first[item.version.pk] or item.people >= step]


def ground_line(item: Ground) -> dict[str, str]:
    return {
        "policy": f"{item.version.policy.platform}: {_(item.version.policy.title)}",
        "version": item.version.key,
        "status": status_text(item.status),
        "advice": advice_text(item.advice),
        "mode": mode_text(item.mode),
    }


def _machine(report: Report, found: Readiness, back: Background, row: Row) -> dict[str, Any]:
    return {
        **composing.machine_head(report, found, back),
        "country": report.country,
        "region": composing.machine_row(row, found),
        "total": composing.machine_values(found.total),
    }


def _line(place: str, row: Row, step: int) -> list[str | int]:
    name = place if not row.merged else _("%(place)s and others") % {"place": place}
    return [name, *numbers(row.figures, step)]


def _sheets(report: Report, found: Readiness, back: Background, row: Row) -> Iterator[Sheet]:
    place = wording.region_name(Row((report.country,), row.figures))
    rows = [_line(place, row, found.step), [_("All regions"), *numbers(found.total, found.step)]]
    yield Sheet(_("Region"), [_("Region"), *number_headers()], rows, widths=(40,))
    about: list[list[str | int]] = [
        [_("Organisation"), report.organisation.name],
        [_("Campaign"), report.campaign.name],
        [_("As of"), report.as_of.isoformat()],
        [_("Steps of people in which answers are shown"), found.step],
        [_("Limits"), _("Self-attested, not verified.")],
        [_("Evidence log"), back.log.hash],
    ]
    yield Sheet(_("Summary"), [_("What"), _("Figure")], about, widths=(34, 70))
