"""From what was found to the pages: the context of the report's template, and its figures for machines."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from compliance.campaigns.rules.skeleton import LINK, NAME, STOP
from compliance.campaigns.rules.skeleton import shown as filled
from reports import wording
from reports.localised import long_moment, short_day
from reports.looks import logo_data, looks_css
from reports.models import Report
from reports.press.job import Annex, Attachment, Job
from reports.queries import Background, Readiness
from reports.rules import (
    OUTCOME_CELLS,
    Curve,
    Figures,
    Row,
    bars,
    curve,
    tile_map,
)

TOP_REGIONS = 24  # bars on the page of regions; the table has them all
SECTIONS = {"method": 5, "limits": 6, "verify": 7, "policies": 8}


def as_of_text(report: Report) -> str:
    return _("As of %(instant)s UTC") % {"instant": long_moment(report.as_of.astimezone(UTC))}


def context(report: Report, found: Readiness, back: Background) -> dict[str, Any]:
    """What stands on the cover and is used on every page."""
    regions = wording.named_regions(found.regions, found.step)
    return {
        "report": report,
        "organisation": report.organisation,
        "logo": logo_data(report.organisation),
        "language": report.language,
        "title": report.campaign.name,
        "instant": report.as_of.astimezone(UTC).isoformat(timespec="seconds"),
        "as_of_text": as_of_text(report),
        "step": found.step,
        "below": f"<{found.step}",
        "found": found,
        "back": back,
        "total": found.total,
        "shown": bool(found.total.asked) and not found.too_few,
        "big": wording.share(found.total.confirmed, found.total.asked, found.step) if not found.too_few else "–",
        "sentence": wording.headline(found, regions),
        "section": SECTIONS,
        "original_language": wording.language_name("en") if translation.get_language() != "en" else "",
        "regions": _with_before(found, regions),
    }


def _with_before(found: Readiness, regions: Sequence[wording.Named]) -> list[dict[str, Any]]:
    return [
        {
            **item._asdict(),
            "before": wording.shown(found.before.get(item.row.codes, 0), item.row.figures.asked, found.step),
        }
        for item in regions
    ]


def readiness_context(found: Readiness, on: date) -> dict[str, Any]:
    """The pages after the cover."""
    regions = wording.named_regions(found.regions, found.step)
    in_question = [item for item in regions if item.row.figures.asked]
    asked = [(item.name, item.row) for item in in_question]
    return {
        "findings": wording.findings(found, regions, on),
        "next_steps": wording.next_steps(found),
        "line_title": wording.line_title(found),
        **_curve_context(found, found.line, found.total, sorted(set(found.effective.values()))),
        "region_note": wording.region_note(in_question),
        "bars_title": wording.chart_title(regions),
        "top_bars": bars(asked[:TOP_REGIONS], found.step) if len(asked) > 1 else (),
        "tiles": tile_map(found.regions, found.step),
        **wording.map_key(found.regions),
        "policy_bars": wording.policy_bars(found.policies, found.step),
        "policies_title": _("Each policy on its own"),
        "policies_note": wording.policies_note(found),
        "policy_rows": [(wording.policy_name(item.version), item) for item in found.policies],
        "before_total": wording.shown(sum(found.before.values()), found.total.asked, found.step),
        "departments": wording.named_groups(found.departments, found.step),
        "languages": wording.named_groups(found.languages, found.step, languages=True),
        "region_heading": _("Region"),
        "department_heading": _("Department"),
        "language_heading": _("Language"),
        "all_regions": _("All regions"),
    }


def _curve_context(found: Readiness, line: Any, total: Figures, marks: Sequence[date]) -> dict[str, Any]:
    """A mark's words stand on the side of the line where there is room."""
    drawn = curve(
        line,
        asked=total.asked,
        shown=total.confirmed,
        step=found.step,
        span=found.span(marks),
        marks=marks,
        size=(490, 104),
    )
    texts = [
        {
            "x": x,
            "text": _("change: %(day)s") % {"day": short_day(day)},
            "anchor": "end" if float(x) > drawn.width / 2 else "start",
        }
        for x, day in drawn.marks
    ]
    shown = {name: getattr(drawn, name) for name in Curve.__dataclass_fields__} | {"marks": texts}
    return {"curve": shown, "end": wording.share(total.confirmed, total.asked, found.step)}


# --- For machines ----------------------------------------------------------------------------------------------------


def machine_figures(report: Report, found: Readiness, back: Background) -> dict[str, Any]:
    """Every figure that the report shows, and nothing that it does not."""
    return {
        **machine_head(report, found, back),
        "total": machine_values(found.total),
        "regions": [machine_row(row, found) for row in found.regions],
        "departments": [machine_row(row, found) for row in found.departments],
        "languages": [machine_row(row, found) for row in found.languages],
        "policies": [
            {
                "policy": item.version.policy.key,
                "version": item.version.key,
                "effective_from": item.version.effective_from.isoformat(),
                "sha256": item.version.sha256,
                **machine_values(item.figures),
            }
            for item in found.policies
        ],
        "mails": back.mails,
    }


def machine_head(report: Report, found: Readiness, back: Background) -> dict[str, Any]:
    """What every kind's figures begin with."""
    return {
        "report": report.kind,
        "organisation": report.organisation.name,
        "campaign": report.campaign.name,
        "as_of": report.as_of.astimezone(UTC).isoformat(),
        "step": found.step,
        "limits": "Self-attested, not verified. Answers are rounded down to steps; 0 stands for fewer than one step.",
        "evidence_log": {"entries": back.log.entries, "hash": back.log.hash, "broken_at": back.log.broken_at},
    }


def machine_values(figures: Figures) -> dict[str, int]:
    names = ("asked", *OUTCOME_CELLS, "unanswered", "informed", "offered", "taken", "reached", "unclear")
    return {name: getattr(figures, name) for name in names}


def machine_row(row: Row, found: Readiness) -> dict[str, Any]:
    before = {"before": found.before[row.codes]} if row.codes in found.before else {}
    return {"codes": list(row.codes), **machine_values(row.figures), **before}


def with_gaps(text: str) -> str:
    """A letter's words as they went out, with words for what differed from person to person."""
    return filled(text, {LINK: _("[personal link]"), STOP: _("[link to stop]"), NAME: _("[name]")}, escaped=False)


# --- The engine's job ------------------------------------------------------------------------------------------------

# Letter is shorter: with A4's margins a chart of many languages would begin a page of its own.
_PAPERS = {
    "A4": "@page { size: A4 } .cover { height: 297mm }",
    "Letter": "@page { size: Letter; margin: 14mm 20mm 18mm } .cover { height: 11in }"
    " .curve { width: 150mm } .tiles { width: 99mm; height: 62mm } .columns { font-size: 8.1pt; line-height: 1.4 }",
}


def compose(
    report: Report,
    facts: Mapping[str, Any],
    figures: Mapping[str, Any],
    out: str,
    *,
    template: str = "reports/pdf/readiness.html",
    annexes: Sequence[Annex] = (),
) -> Job:
    """The whole document for the engine, in the language that is active."""
    html = render_to_string(template, dict(facts)).replace(" %", "\xa0%")  # no line ends before the sign
    return Job(
        html=html,
        out=out,
        date=report.as_of.astimezone(UTC).isoformat(timespec="seconds"),
        css=paper_css(report.paper) + looks_css(report.organisation),
        pages_css=pages_css(_("Page {page} of {pages}")),
        paper=report.paper,
        annexes=list(annexes),
        language=translation.get_language() or "en",
        attachments=[
            Attachment(
                "figures.json",
                _("Every figure shown, for machines"),
                json.dumps(figures, ensure_ascii=False, indent=1, sort_keys=True),
            )
        ],
    )


def paper_css(paper: str) -> str:
    return _PAPERS[paper]


def pages_css(text: str) -> str:
    """The page number in the footer; `{pages}` is left for the engine, which knows how many there are."""
    before, _page, rest = text.partition("{page}")
    between, _pages, after = rest.partition("{pages}")
    return f'@page {{ @bottom-right {{ content: "{before}" counter(page) "{between}" {{pages}} "{after}" }} }}'
