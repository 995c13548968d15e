"""Person × region × date → what applies, and why. Pure: dates are arguments, the catalogue is a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

REST_OF_WORLD = "REST_OF_WORLD"
SELF = "self"


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


class Answer(StrEnum):
    """What a person may say of one control. Each policy version lists the ones that fit it."""

    SWITCHED_OFF_NOW = "switched_off_now"
    ALREADY_OFF = "already_off"
    LEFT_ON = "left_on"
    NOT_VISIBLE = "not_visible"
    FORM_SENT = "form_sent"
    FORM_ACKNOWLEDGED = "form_acknowledged"
    FORM_REFUSED = "form_refused"
    NO_ACCOUNT = "no_account"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"
    NEED_HELP = "need_help"


class Outcome(StrEnum):
    """The four folds of statistics."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"
    OPEN = "open"
    UNANSWERED = "unanswered"


_OUTCOMES = {
    Answer.SWITCHED_OFF_NOW: Outcome.CONFIRMED,
    Answer.ALREADY_OFF: Outcome.CONFIRMED,
    Answer.FORM_SENT: Outcome.CONFIRMED,
    Answer.FORM_ACKNOWLEDGED: Outcome.CONFIRMED,
    Answer.NO_ACCOUNT: Outcome.CONFIRMED,
    Answer.LEFT_ON: Outcome.DECLINED,
    Answer.PREFER_NOT_TO_SAY: Outcome.DECLINED,
    Answer.NOT_VISIBLE: Outcome.OPEN,
    Answer.FORM_REFUSED: Outcome.OPEN,
    Answer.NEED_HELP: Outcome.OPEN,
}


def outcome(answer: str) -> Outcome:
    """The outcome an answer counts as; "" is unanswered."""
    return _OUTCOMES[Answer(answer)] if answer else Outcome.UNANSWERED


@dataclass(frozen=True)
class Subject:
    """Whom the rules decide about. `place` is how the region is named in a sentence."""

    country: str
    subdivision: str = ""
    place: str = ""


@dataclass(frozen=True)
class RegionRule:
    status: Status
    confidence: Confidence
    advice: Advice
    sources: tuple[str, ...]
    note: str = ""
    conflict: str = ""


@dataclass(frozen=True)
class Version:
    """One policy version, its rules by exact code and by a set's codes. In force from `start` until before `end`."""

    policy: str
    version: str
    platform: str
    start: date
    end: date | None
    by_code: Mapping[str, RegionRule]
    by_set: Mapping[str, RegionRule]
    rest: RegionRule | None

    def in_force(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on < self.end)


@dataclass(frozen=True)
class Territory:
    """A code that follows another: `treat_as` is a code, REST_OF_WORLD, or self."""

    treat_as: str
    confidence: Confidence
    ask_person: bool
    reason: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class CollectionRule:
    mode: CollectionMode
    reason: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    versions: Mapping[str, tuple[Version, ...]]
    territories: Mapping[str, Territory]
    collection: Mapping[str, CollectionRule]
    collection_default: CollectionRule


@dataclass(frozen=True)
class Decision:
    """What one policy means for one person on one date. `version` is "" when no version is in force."""

    policy: str
    version: str
    status: Status
    advice: Advice
    confidence: Confidence
    collection_mode: CollectionMode
    reason: str
    citations: tuple[str, ...]
    conflict: str

    @property
    def asks(self) -> bool:
        return self.advice in ASKING


_ORDER = [Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW]


def lower(one: Confidence, other: Confidence) -> Confidence:
    return max(one, other, key=_ORDER.index)


@dataclass(frozen=True)
class _Match:
    """`rank`: 3 exact code, 2 set, 1 rest of world."""

    rank: int
    version: Version
    rule: RegionRule
    territory: Territory | None = None


def _match(version: Version, subject: Subject, territory: Territory | None) -> _Match | None:
    for code in filter(None, (subject.subdivision, subject.country)):
        if code in version.by_code:
            return _Match(3, version, version.by_code[code])
    follows = territory.treat_as if territory and territory.treat_as != SELF else subject.country
    if follows != REST_OF_WORLD:
        if territory and follows in version.by_code:
            return _Match(2, version, version.by_code[follows], territory)
        if follows in version.by_set:
            return _Match(2, version, version.by_set[follows], territory)
    return _Match(1, version, version.rest, territory) if version.rest else None


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


_SENTENCES = {
    Status.IN_SCOPE: "{platform} announced that this applies to members in {place} from {day}.",
    Status.CONTINUING: "{platform} already did this to members in {place} before {day} and did not change it then.",
    Status.PAUSED: "{platform} started this in {place} and then suspended it.",
    Status.EXCLUDED: "{platform} leaves members in {place} out of this.",
    Status.DISPUTED: "Sources disagree whether this applies in {place}.",
    Status.UNKNOWN: "No source says whether this applies in {place}.",
}


def _reason(subject: Subject, match: _Match) -> str:
    place = subject.place or subject.subdivision or subject.country or "an unknown country"
    parts = [
        _SENTENCES[match.rule.status].format(
            platform=match.version.platform, place=place, day=_day(match.version.start)
        )
    ]
    if match.territory and match.territory.treat_as != SELF:
        parts.append(match.territory.reason)
    if match.rule.note:
        parts.append(match.rule.note)
    return " ".join(parts)


def collection_rule(subject: Subject, catalogue: Catalogue) -> CollectionRule:
    for code in filter(None, (subject.subdivision, subject.country)):
        if code in catalogue.collection:
            return catalogue.collection[code]
    return catalogue.collection_default


def _decide(policy: str, matches: Iterable[_Match], subject: Subject, mode: CollectionMode) -> Decision:
    found = max(matches, key=lambda match: (match.rank, match.version.start), default=None)
    if found is None:
        reason = "No version of this policy is in force for this region on this date."
        return Decision(policy, "", Status.UNKNOWN, Advice.WITHHOLD, Confidence.LOW, mode, reason, (), "")
    rule, territory = found.rule, found.territory
    advice, confidence, citations = rule.advice, rule.confidence, rule.sources
    if territory:
        confidence = lower(confidence, territory.confidence)
        citations = tuple(dict.fromkeys(citations + territory.sources))
        if territory.ask_person and advice is Advice.SEND:
            advice = Advice.SEND_NEUTRAL
    if not subject.country:
        confidence, advice = Confidence.LOW, Advice.SEND_NEUTRAL if advice is Advice.SEND else advice
    reason = _reason(subject, found)
    version = found.version.version
    return Decision(policy, version, rule.status, advice, confidence, mode, reason, citations, rule.conflict)


def resolve(subject: Subject, on: date, catalogue: Catalogue) -> tuple[Decision, ...]:
    """One decision per policy, in order of policy id. Total: never raises, every input has an answer.

    An exact code beats a set, a set beats the rest of the world, the newest start wins a tie.
    """
    territory = catalogue.territories.get(subject.country)
    mode = collection_rule(subject, catalogue).mode
    return tuple(
        _decide(
            policy,
            filter(None, (_match(version, subject, territory) for version in versions if version.in_force(on))),
            subject,
            mode,
        )
        for policy, versions in sorted(catalogue.versions.items())
    )
