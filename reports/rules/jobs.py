"""Long work as a page shows it: where it stands, how fast it goes, how long it takes yet, whether it stands still."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

QUIET = timedelta(minutes=2)  # nobody took it up, or nothing moved, for so long: something is wrong
MEASURED = timedelta(seconds=5)  # a speed that was measured for less says nothing


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    STALLED = "stalled"  # it should move and does not
    ASKS = "asks"  # somebody has to look before it goes on
    FAILED = "failed"
    DONE = "done"
    CANCELLED = "cancelled"


UNDER_WAY = frozenset({JobState.WAITING, JobState.RUNNING, JobState.STALLED})
IN_TROUBLE = frozenset({JobState.STALLED, JobState.ASKS, JobState.FAILED})
OVER = frozenset({JobState.DONE, JobState.CANCELLED})
GROUPS = {"running": UNDER_WAY, "failed": IN_TROUBLE, "done": OVER}


@dataclass(frozen=True)
class Speed:
    """How much a minute, and how long the rest takes at that; None while nothing can be said of the rest."""

    per_minute: float
    left: timedelta | None


def state_of(*, waits: bool, since: datetime, lease_until: datetime | None, now: datetime) -> JobState:
    """Of a row that a worker takes up: it waits for one, has one, or has had none for too long.

    `since` is when its state began. A lease that ran out is a worker that died; a sweeper gives the row back within
    seconds, so that a lease long past means that no sweeper runs either.
    """
    if waits:
        return JobState.STALLED if now - since > QUIET else JobState.WAITING
    if lease_until is not None and now > lease_until:
        return JobState.STALLED
    return JobState.RUNNING


def speed(done: int, total: int, *, since: datetime, now: datetime) -> Speed | None:
    """From the work done since an instant, of `total`; None as long as that says nothing."""
    took = now - since
    if done <= 0 or took < MEASURED:
        return None
    left = took * (max(total - done, 0) / done)
    return Speed(done / (took.total_seconds() / 60), left)
