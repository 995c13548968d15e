"""Figures in tables, as they may be shown."""

from django import template

from reports.rules import KIND_NAMES, Figures, ReportKind, share
from reports.wording import number, shown

register = template.Library()


@register.simple_tag
def figure(figures: Figures, name: str, step: int) -> str:
    """One of a row's figures; what may not be shown says so."""
    of = figures.offered if name == "taken" else figures.asked
    return shown(getattr(figures, name), of, step)


@register.simple_tag
def part(figures: Figures, name: str, step: int) -> str:
    """The same as a percentage of the people asked."""
    return share(getattr(figures, name), figures.asked, step)


@register.filter
def kind_name(kind: str) -> str:
    """What staff of the workplace call a kind of report."""
    return KIND_NAMES[ReportKind(kind)]


@register.filter
def whole(value: int) -> str:
    """A number with the separators of the language."""
    return number(value)
