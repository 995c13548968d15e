"""When a scheduled report is due, and how its figures differ from those of the one before."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from reports.rules.comparison import difference

HOUR = time(7)  # of the organisation's own clock; no zone changes its clock then
DIFFERING = ("asked", "confirmed", "declined", "open", "counted", "informed")
_EXACT = {"asked", "informed"}


class Rhythm(StrEnum):
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MILESTONES = "milestones"


class Sending(StrEnum):
    LINK = "link"
    ATTACHMENT = "attachment"


@dataclass(frozen=True)
class Occasion:
    """One time at which a report is due. `key` names it once and for all, whatever the clock does."""

    key: str
    at: datetime
    why: str


def local(day: date, zone: ZoneInfo) -> datetime:
    """Seven in the morning there, in UTC."""
    return datetime.combine(day, HOUR, zone).astimezone(UTC)


def rhythmic(rhythm: Rhythm, zone: ZoneInfo, since: datetime, until: datetime) -> list[Occasion]:
    """Mondays, or firsts of the month, with since < at <= until; in order."""
    day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    found = []
    while day <= last:
        fits = day.weekday() == 0 if rhythm is Rhythm.WEEKLY else day.day == 1
        if fits and since < local(day, zone) <= until:
            found.append(Occasion(day.isoformat(), local(day, zone), rhythm.value))
        day += timedelta(days=1)
    return found


def milestones(effective: Iterable[date], ended: datetime | None, zone: ZoneInfo) -> Iterator[Occasion]:
    """Seven days before each change and on its day; and the campaign's end, once it has ended."""
    for day in sorted(set(effective)):
        yield Occasion(f"before {day}", local(day - timedelta(days=7), zone), f"7 days before the change of {day}")
        yield Occasion(f"change {day}", local(day, zone), f"the change of {day}")
    if ended:
        yield Occasion("end", ended, "the campaign’s end")


def due(
    rhythm: Rhythm, zone: ZoneInfo, *, since: datetime, now: datetime, effective: Iterable[date], ended: datetime | None
) -> list[Occasion]:
    """What is due and came after `since`. Of missed weeks or months only the last: one report makes up for all."""
    if rhythm is Rhythm.MILESTONES:
        found = [item for item in milestones(effective, ended, zone) if since < item.at <= now]
        return sorted(found, key=lambda item: (item.at, item.key))
    return rhythmic(rhythm, zone, since, min(now, ended or now))[-1:]


def differences(now: Mapping[str, Any], before: Mapping[str, Any], least: int = 1) -> dict[str, int | None]:
    """What was added since, of values that both reports show; None where one of them holds the number back, or was made
    in smaller steps than `least` people.

    Both are figures as in the reports' JSON files, with the step of each.
    """
    found: dict[str, int | None] = {}
    step = now["step"]
    for name in DIFFERING:
        new, old = now["total"][name], before["total"][name]
        if name in _EXACT:
            found[name] = new - old
        else:
            alike = step == before["step"] and step >= least
            found[name] = difference(old, new, step) if alike else None
    return found
