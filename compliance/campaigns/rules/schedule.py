"""When a mail may go: within the working hours of the place where the person works. Pure: zones and working days are
arguments; instants are aware datetimes, hours are local wall time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

WorksOn = Callable[[date], bool]
LONGEST_BREAK = 60  # days; a calendar without a working day in two months is broken


@dataclass(frozen=True)
class Place:
    """A region's clock and calendar."""

    zone: tzinfo
    works_on: WorksOn
    opens: time = time(9)
    closes: time = time(17)

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def at(self, day: date, wall: time) -> datetime:
        """The instant of a wall time, in UTC. One that the clocks leap over counts from the leap on (PEP 495)."""
        return datetime.combine(day, wall, self.zone).astimezone(UTC)

    def working_day(self, day: date) -> date:
        """The day itself, or the next one on which people work."""
        for ahead in range(LONGEST_BREAK):
            if self.works_on(day + timedelta(days=ahead)):
                return day + timedelta(days=ahead)
        return day

    def after(self, day: date, working_days: int) -> date:
        """So many working days later."""
        for _ in range(working_days):
            day = self.working_day(day + timedelta(days=1))
        return day

    def before(self, day: date, working_days: int) -> date:
        """The working day that lies so many working days before a day."""
        left = working_days
        for _ in range(LONGEST_BREAK + 7 * working_days):
            if left <= 0:
                return day
            day -= timedelta(days=1)
            left -= self.works_on(day)
        return day

    def open_at(self, earliest: datetime) -> datetime:
        """The first instant from `earliest` on within working hours, in UTC."""
        local = earliest.astimezone(self.zone)
        day = self.working_day(local.date())
        if day == local.date() and local.time() < self.closes:
            return max(earliest.astimezone(UTC), self.at(day, self.opens))
        return self.at(self.working_day(max(day, local.date() + timedelta(days=1))), self.opens)


def first_mail(place: Place, now: datetime, starts_on: date | None, effective: date | None, lead: int) -> datetime:
    """When the first notice goes: `lead` working days before the day of the change where that is still ahead, not
    before `starts_on`, and never in the past."""
    earliest = now
    if starts_on:
        earliest = max(earliest, place.at(starts_on, time.min))
    if effective and lead:
        earliest = max(earliest, place.at(place.before(effective, lead), place.opens))
    return place.open_at(earliest)


def reminder_at(place: Place, first: datetime, number: int, every: int) -> datetime:
    """When reminder `number` goes: so many times `every` working days after the first notice, when work begins."""
    day = place.after(first.astimezone(place.zone).date(), number * every)
    return place.at(day, place.opens)


def reminders(place: Place, first: datetime, number: int, every: int, closes_at: datetime) -> Sequence[datetime]:
    """All of them that come before the end, with at least a day left to answer."""
    found = (reminder_at(place, first, step, every) for step in range(1, number + 1))
    return [at for at in found if at < closes_at - timedelta(hours=24)]
