"""Figures in tables, as they may be shown."""

from datetime import UTC, date, datetime

from django import template

from compliance.catalogue.schema import SourceEntry
from organisations.told import told
from reports import localised
from reports.localised import number
from reports.rules import KIND_NAMES, Figures, ReportKind
from reports.wording import share, shown
from reports.wording import source_kind as kind_of_source

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
def source_kind(source: SourceEntry) -> str:
    """What is cited, where it has no title."""
    return kind_of_source(source)


@register.filter
def kind_name(kind: str) -> str:
    """What staff of the workplace call a kind of report."""
    return told(KIND_NAMES[ReportKind(kind)])


@register.filter
def whole(value: int) -> str:
    """A number with the separators of the language."""
    return number(value)


@register.filter
def percent(share: str) -> str:
    """A share with the sign where the language has it."""
    return localised.percent(share)


@register.filter
def day(value: date) -> str:
    """A day, the month in words."""
    return localised.day(value)


@register.filter
def short_day(value: date) -> str:
    return localised.short_day(value)


@register.filter
def moment(value: datetime) -> str:
    """A short day with its time, in UTC."""
    return localised.moment(value.astimezone(UTC))
