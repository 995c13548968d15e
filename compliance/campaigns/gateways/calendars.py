"""Clocks, weekends and public holidays of regions."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import yaml

from compliance.campaigns.rules.schedule import Place, WorksOn

_ZONES = Path(__file__).resolve().parent.parent / "data" / "zones.yaml"

SATURDAY, SUNDAY = 5, 6


@lru_cache(maxsize=1)
def _zones() -> tuple[dict[str, str], dict[str, str]]:
    read = yaml.safe_load(_ZONES.read_text(encoding="utf-8"))
    return read["countries"], read["subdivisions"]


def zone_of(country: str, subdivision: str) -> ZoneInfo:
    """The time zone of a region; UTC where none is known."""
    countries, subdivisions = _zones()
    return ZoneInfo(subdivisions.get(subdivision) or countries.get(country) or "UTC")


def _monday_to_friday(day: date) -> bool:
    return day.weekday() < 5


def _works_on(country: str, subdivision: str) -> WorksOn:
    part = subdivision.partition("-")[2]
    for wanted in dict.fromkeys((part or None, None)):
        try:
            calendar = holidays.country_holidays(country, subdiv=wanted)
        except NotImplementedError:
            continue  # not a part, or not a country, that the calendar knows
        # Where only Sunday is free by law, offices are hardly glad of mails on Saturdays.
        free = {SATURDAY, SUNDAY} if calendar.weekend == {SUNDAY} else set()
        return lambda day: day.weekday() not in free and bool(calendar.is_working_day(day))
    return _monday_to_friday


@lru_cache(maxsize=512)
def place_of(country: str, subdivision: str) -> Place:
    """A region's clock and calendar. Where no calendar is known, people work from Monday to Friday."""
    return Place(zone_of(country, subdivision), _works_on(country, subdivision))


@lru_cache(maxsize=512)
def always_open(country: str, subdivision: str) -> Place:
    """The region's clock without working days or hours."""
    known = place_of(country, subdivision)
    return Place(known.zone, lambda day: True, known.opens.min, known.closes.max)
