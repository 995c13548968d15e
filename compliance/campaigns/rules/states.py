"""The states of a campaign and of a message."""

from enum import StrEnum


class CampaignState(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    CLOSED = "closed"
    CANCELLED = "cancelled"


LIVE = (CampaignState.RUNNING, CampaignState.PAUSED)


class MessageKind(StrEnum):
    INSTRUCTION = "instruction"
    REMINDER = "reminder"
    RECEIPT = "receipt"
    LINK = "link"  # a new link, asked for by the person
    HELP = "help"  # an answer to somebody who asked for help


ASKED_FOR = frozenset({MessageKind.RECEIPT, MessageKind.LINK, MessageKind.HELP})  # by the person: they go at any hour
WRITTEN = frozenset({MessageKind.RECEIPT, MessageKind.HELP})  # their letter is written when they are queued


def logged_kind(kind: str) -> str:
    """A mail's kind as the evidence log has it: whether it thanks somebody for an answer or helps them is not told."""
    return "note" if kind in WRITTEN else kind


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"  # handed over, the reply was lost: it may have arrived
    FAILED = "failed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


GONE_OUT = (MessageState.SENT, MessageState.UNKNOWN, MessageState.BOUNCED)
MAX_REMINDERS = 3
APPROVAL_ABOVE = 500  # people; from then on a second person must say yes
