"""The words of a decision."""

from enum import StrEnum


class Status(StrEnum):
    IN_SCOPE = "in_scope"
    CONTINUING = "continuing"
    PAUSED = "paused"
    EXCLUDED = "excluded"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Advice(StrEnum):
    SEND = "send"
    SEND_NEUTRAL = "send_neutral"
    OFFER = "offer"
    WITHHOLD = "withhold"


ASKING = frozenset({Advice.SEND, Advice.SEND_NEUTRAL})


class CollectionMode(StrEnum):
    NAMED = "named"
    ANONYMOUS_COUNT = "anonymous_count"
    INFORM_ONLY = "inform_only"


COLLECTING = frozenset({CollectionMode.NAMED, CollectionMode.ANONYMOUS_COUNT})


_ORDER = [Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW]


def lower(one: Confidence, other: Confidence) -> Confidence:
    return max(one, other, key=_ORDER.index)
