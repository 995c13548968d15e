"""What a transport says of a mail, and what becomes of the mail then."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from compliance.campaigns.rules.states import MessageKind, MessageState


class Verdict(StrEnum):
    """What a transport says of one mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good: a retry would be refused too
    DEAD = "dead"  # refused because of the address itself: nobody should write to it again
    LATER = "later"  # not now
    UNREACHED = "unreached"  # the server was not there: no fault of this mail
    LOCKED_OUT = "locked_out"  # the server does not take our password: no mail will go out until somebody mends it
    UNKNOWN = "unknown"  # the connection was lost after the mail was handed over: it may have arrived


@dataclass(frozen=True, slots=True)
class Delivery:
    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What becomes of a message row. `due_at` is set when it goes back into the queue."""

    state: MessageState
    due_at: datetime | None
    unsure: bool


_FINAL = {
    Verdict.ACCEPTED: MessageState.SENT,
    Verdict.REFUSED: MessageState.FAILED,
    Verdict.DEAD: MessageState.FAILED,
}
UNTRIED = frozenset({Verdict.UNREACHED, Verdict.LOCKED_OUT})
MAX_ATTEMPTS = 6
UNREACHED_WAIT = timedelta(minutes=5)
_BACK_OFF = (1, 5, 15, 60, 240)  # minutes before attempt 2, 3, …
_GREYLIST = re.compile(r"gr[ea]y.?list|^45[01] 4\.7\.1|try again in \d+ (sec|min)", re.IGNORECASE)
_GREYLIST_WAIT = timedelta(minutes=6)  # most servers let a second try in after five
_FULL = re.compile(r"\b[45]52\b|\b[45]\.2\.2\b|quota|mailbox (is )?full|over ?quota", re.IGNORECASE)
_FULL_WAIT = timedelta(hours=6)  # somebody has to empty it first
_BUSY = re.compile(r"^421|\b4\.[37]\.2\b|too many|rate|throttl", re.IGNORECASE)
_BUSY_WAIT = timedelta(minutes=10)


def wait_before(attempts: int, detail: str) -> timedelta:
    """How long until attempt number `attempts` + 1, by what the server said of the last one."""
    wait = timedelta(minutes=_BACK_OFF[min(max(attempts, 1), len(_BACK_OFF)) - 1])
    for words, least in ((_GREYLIST, _GREYLIST_WAIT), (_FULL, _FULL_WAIT), (_BUSY, _BUSY_WAIT)):
        if words.search(detail):
            return max(wait, least)
    return wait


def next_step(delivery: Delivery, *, kind: MessageKind, attempts: int, unsure: bool, now: datetime) -> NextStep:
    """Decides after attempt number `attempts`. `unsure` says that an earlier attempt's fate is not known.

    A first notice whose reply was lost is sent once more, with the same Message-ID and link: better twice than never
    (RFC 1047). A reminder is not: the next one will come.
    """
    if delivery.verdict in _FINAL:
        return NextStep(_FINAL[delivery.verdict], None, unsure)
    if delivery.verdict in UNTRIED:
        return NextStep(MessageState.QUEUED, now + UNREACHED_WAIT, unsure)
    tried_enough = attempts >= MAX_ATTEMPTS
    if delivery.verdict is Verdict.UNKNOWN:
        last = unsure or tried_enough or kind is MessageKind.REMINDER
        return NextStep(MessageState.UNKNOWN if last else MessageState.QUEUED, None if last else now, True)
    if tried_enough:
        return NextStep(MessageState.FAILED, None, unsure)
    return NextStep(MessageState.QUEUED, now + wait_before(attempts, delivery.detail), unsure)


# --- When to stop by ourselves --------------------------------------------------------------------------------------

BOUNCE_LIMIT = 0.05
BOUNCE_SAMPLE = 200  # mails; a ratio of fewer says nothing
LOCKED_OUT_LIMIT = 3  # refusals of our password in a row


def too_many_bounces(tried: int, hard: int) -> bool:
    """Whether a campaign must stop by itself: its roster is stale, and going on would cost the sender's name."""
    return tried >= BOUNCE_SAMPLE and hard > BOUNCE_LIMIT * tried
