"""Links, message states and retry decisions. Pure: keys and `now` are arguments."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# --- Links ---------------------------------------------------------------------------------------------------------


def link_token(key: bytes, invitation: str, rotation: int) -> str:
    """The 256-bit personal token, 43 URL-safe characters. Derived, so that a retried mail carries the same link."""
    digest = hmac.new(key, f"link:{invitation}:{rotation}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(token: str) -> str:
    """What is stored of a token: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- States --------------------------------------------------------------------------------------------------------


class CampaignState(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    CLOSED = "closed"


class MessageKind(StrEnum):
    INSTRUCTION = "instruction"
    REMINDER = "reminder"
    RECEIPT = "receipt"


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


# --- Delivery ------------------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What a transport says of one mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good: a retry would be refused too
    LATER = "later"  # not now
    UNREACHED = "unreached"  # the server was not there or did not let us in: no fault of this mail
    WITHDRAWN = "withdrawn"  # nobody wants it sent any more
    UNKNOWN = "unknown"  # the connection was lost after the mail was handed over: it may have arrived


@dataclass(frozen=True)
class Delivery:
    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True)
class NextStep:
    """What becomes of a message row. `due_at` is set when it goes back into the queue."""

    state: MessageState
    due_at: datetime | None
    unsure: bool


_FINAL = {
    Verdict.ACCEPTED: MessageState.SENT,
    Verdict.REFUSED: MessageState.FAILED,
    Verdict.WITHDRAWN: MessageState.CANCELLED,
}
MAX_ATTEMPTS = 6
UNREACHED_WAIT = timedelta(minutes=5)
_BACK_OFF = (1, 5, 15, 60, 240)  # minutes before attempt 2, 3, …


def next_step(delivery: Delivery, *, kind: MessageKind, attempts: int, unsure: bool, now: datetime) -> NextStep:
    """Decides after attempt number `attempts`. `unsure` says that an earlier attempt's fate is not known.

    A first notice whose reply was lost is sent once more, with the same Message-ID and link: better twice than never
    (RFC 1047). A reminder is not: the next one will come.
    """
    if delivery.verdict in _FINAL:
        return NextStep(_FINAL[delivery.verdict], None, unsure)
    if delivery.verdict is Verdict.UNREACHED:
        return NextStep(MessageState.QUEUED, now + UNREACHED_WAIT, unsure)
    if attempts >= MAX_ATTEMPTS:
        return NextStep(MessageState.FAILED, None, unsure)
    if delivery.verdict is Verdict.UNKNOWN:
        if unsure or kind is MessageKind.REMINDER:
            return NextStep(MessageState.SENT, None, True)
        return NextStep(MessageState.QUEUED, now, True)
    wait = timedelta(minutes=_BACK_OFF[min(attempts, len(_BACK_OFF)) - 1])
    return NextStep(MessageState.QUEUED, now + wait, unsure)
