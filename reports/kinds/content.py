"""What a kind of report hands over to be drawn and written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from reports import composing
from reports.gateways import Sheet
from reports.models import Report
from reports.press.job import Column
from reports.queries import Background, Readiness, background, readiness

Step = Callable[[int, str], None]
"""Told per cent and stage; raises when the report is no longer wanted."""
Rows = Iterable[Sequence[str | int]]


class NotPossible(Exception):
    """This report cannot be made; the message says why in words."""


@dataclass(frozen=True)
class AnnexTable:
    """A long table for the engine of annexes. `rows` reads them anew each time it is called."""

    title: str
    note: str
    columns: Sequence[Column]
    rows: Callable[[], Iterable[Sequence[str]]]
    count: int


@dataclass(frozen=True)
class Content:
    """`facts` are the template's, `figures` for machines; `sheets` and `flat` become XLSX and CSV."""

    template: str
    facts: Mapping[str, Any]
    figures: Mapping[str, Any]
    sheets: Callable[[], Iterable[Sheet]]
    flat: Callable[[], tuple[Sequence[str], Rows]]
    annexes: Sequence[AnnexTable] = field(default_factory=tuple)


def figures_and_background(report: Report, step: Step) -> tuple[Readiness, Background]:
    """What most kinds begin with: the figures as they may be shown, and what they stand on."""
    step(5, "Counting answers")
    found = readiness(report.campaign, report.as_of, report.organisation.smallest_group)
    step(25, "Checking the evidence log")
    back = background(report.organisation, report.campaign, report.as_of)
    step(35, "Writing the pages")
    return found, back


def shared_facts(report: Report, found: Readiness, back: Background, kind: str) -> dict[str, Any]:
    """Cover, footer, method, limits and policies, under the name of this kind."""
    return {**composing.context(report, found, back), "kind": kind}


def status_text(status: str) -> str:
    return {
        "in_scope": _("applies"),
        "continuing": _("applied before, unchanged"),
        "paused": _("suspended"),
        "excluded": _("left out"),
        "disputed": _("sources disagree"),
        "unknown": _("not known"),
    }[status]


def advice_text(advice: str) -> str:
    return {
        "send": _("steps sent"),
        "send_neutral": _("steps sent in neutral words"),
        "offer": _("offered as an extra"),
        "withhold": _("nothing sent"),
    }[advice]


def mode_text(mode: str) -> str:
    return {
        "named": _("asked; answers kept with the name"),
        "anonymous_count": _("asked; answers counted without names"),
        "inform_only": _("told and not asked"),
    }[mode]
