"""A job as the page shows it, and the words that all kinds of jobs share."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from organisations.access import May
from organisations.models import Membership, Organisation, User
from reports.localised import number
from reports.rules.jobs import IN_TROUBLE, UNDER_WAY, JobState, Speed

# state → (kind of status in the style guide, word)
STATUS = {
    JobState.WAITING: ("queued", gettext_lazy("Waiting")),
    JobState.RUNNING: ("running", gettext_lazy("Running")),
    JobState.STALLED: ("fault", gettext_lazy("Stalled")),
    JobState.ASKS: ("open", gettext_lazy("Waits for you")),
    JobState.FAILED: ("fault", gettext_lazy("Failed")),
    JobState.DONE: ("done", gettext_lazy("Done")),
    JobState.CANCELLED: ("draft", gettext_lazy("Cancelled")),
}


@dataclass(frozen=True)
class Viewer:
    """Who looks, and what they may see and do."""

    organisation: Organisation
    user: User
    may: May

    @classmethod
    def of(cls, membership: Membership, user: User) -> "Viewer":
        return cls(membership.organisation, user, May.of(membership))


@dataclass(frozen=True)
class Action:
    """A button: posts `value` as `which` to `url`."""

    label: str
    url: str
    value: str = ""


@dataclass(frozen=True)
class Line:
    """What happened, and when if that is known."""

    text: str
    at: datetime | None = None


@dataclass(frozen=True)
class Job:
    """`key` names it among all jobs; `url` is empty for whom it is not; `done` of `total` are of `unit`."""

    key: str
    kind: str
    title: str
    state: JobState
    at: datetime
    url: str = ""
    mine: bool = False
    done: int = 0
    total: int = 0
    stage: str = ""
    speed: str = ""
    result: str = ""
    advice: str = ""
    lines: list[Line] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def in_trouble(self) -> bool:
        return self.state in IN_TROUBLE

    @property
    def status(self) -> str:
        return STATUS[self.state][0]

    @property
    def word(self) -> str:
        return str(STATUS[self.state][1])


NO_WORKER = gettext_lazy(
    "No worker has taken it up for two minutes. Ask whoever runs the server whether the worker runs; nothing is lost, "
    "and it goes on by itself once one does."
)
WORKER_GONE = gettext_lazy(
    "Its worker has stopped answering. Another one takes it up within a minute; if that does not happen, ask whoever "
    "runs the server whether the worker runs."
)


def stalled(*, waits: bool) -> str:
    return str(NO_WORKER if waits else WORKER_GONE)


def time_left(left: timedelta) -> str:
    seconds = left.total_seconds()
    if seconds < 60:
        return _("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 60:
        return ngettext("about %(number)s minute left", "about %(number)s minutes left", minutes) % {
            "number": number(minutes)
        }
    hours = round(minutes / 60)
    return ngettext("about %(number)s hour left", "about %(number)s hours left", hours) % {"number": number(hours)}


def pace(speed: Speed | None, sentence: str) -> str:
    """`sentence` has a gap for the number a minute; empty while nothing is known."""
    if speed is None:
        return ""
    said = sentence % {"number": number(round(speed.per_minute))}
    return f"{said}, {time_left(speed.left)}" if speed.left else said


def begun(since: datetime | None, attempts: int, *, waits: bool) -> list[Line]:
    """When a worker took a job up, and that others died over it."""
    lines = []
    died = attempts - (0 if waits else 1)
    if died > 0:
        text = ngettext(
            "%(number)s worker stopped in the middle; it was begun anew",
            "%(number)s workers stopped in the middle; it was begun anew",
            died,
        )
        lines.append(Line(text % {"number": number(died)}))
    if since and attempts and not waits:
        lines.append(Line(_("A worker took it up"), since))
    return lines
