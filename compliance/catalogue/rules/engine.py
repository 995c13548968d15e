"""The decision itself: an exact code beats a set, a set beats the rest of the world, the newest start wins a tie."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from compliance.catalogue.rules.terms import Advice, CollectionMode, Confidence, Status, lower
from compliance.catalogue.rules.values import (
    REST_OF_WORLD,
    SELF,
    Catalogue,
    CollectionRule,
    Decision,
    Override,
    RegionRule,
    Subject,
    Territory,
    Version,
)

NO_OVERRIDES: Mapping[str, Override] = {}
NOWHERE = CollectionRule(
    CollectionMode.INFORM_ONLY, "Where this person works is not known, so the strictest rule holds.", ()
)


# Versions in force on a day, by policy id in order; the newest first.
InForce = list[tuple[str, list[Version]]]


def _in_force(on: date, catalogue: Catalogue) -> InForce:
    return [
        (policy, sorted((item for item in versions if item.in_force(on)), key=lambda item: item.start, reverse=True))
        for policy, versions in sorted(catalogue.versions.items())
    ]


class _Match(NamedTuple):
    """`rank`: 3 exact code, 2 set, 1 rest of the world. `territory` is set where the code stands for another."""

    rank: int
    version: Version
    rule: RegionRule
    territory: Territory | None


def _match(version: Version, country: str, subdivision: str, territory: Territory | None) -> _Match | None:
    exact = version.by_code.get(subdivision) or version.by_code.get(country)
    if exact:
        return _Match(3, version, exact, None)
    follows = territory.treat_as if territory and territory.treat_as != SELF else country
    if follows != REST_OF_WORLD:
        found = (version.by_code.get(follows) if territory else None) or version.by_set.get(follows)
        if found:
            return _Match(2, version, found, territory)
    return _Match(1, version, version.rest, territory) if version.rest else None


def _best(versions: list[Version], country: str, subdivision: str, territory: Territory | None) -> _Match | None:
    best: _Match | None = None
    for version in versions:  # the newest first, so that it keeps a tie
        found = _match(version, country, subdivision, territory)
        if found and (best is None or found.rank > best.rank):
            best = found
    return best


_SENTENCES = {
    Status.IN_SCOPE: "{platform} announced that this applies to members in {place} from {day}.",
    Status.CONTINUING: "{platform} already did this to members in {place} before {day} and did not change it then.",
    Status.PAUSED: "{platform} started this in {place} and then suspended it.",
    Status.EXCLUDED: "{platform} leaves members in {place} out of this.",
    Status.DISPUTED: "Sources disagree whether this applies in {place}.",
    Status.UNKNOWN: "No source says whether this applies in {place}.",
}
# Where the start is not the day on which it took effect, a sentence must not say so.
_OTHER_STARTS = {
    (Status.IN_SCOPE, "announced"): "{platform} announced on {day} that this applies to members in {place}.",
    (Status.IN_SCOPE, "entry"): "{platform} applies this to members in {place}; since when was not found.",
}
_UNCITED = "There is no source to cite for this."


@lru_cache(maxsize=512)
def _sentence(platform: str, start: date, start_is: str, status: Status) -> tuple[str, str]:
    """What stands before and after the name of the place."""
    text = _OTHER_STARTS.get((status, start_is), _SENTENCES[status])
    before, _, after = text.format(platform=platform, place="\0", day=f"{start.day} {start:%B %Y}").partition("\0")
    return before, after


def _reason(subject: Subject, country: str, match: _Match, catalogue: Catalogue, cited: bool) -> str:
    version, rule, territory = match.version, match.rule, match.territory
    before, after = _sentence(version.platform, version.start, version.start_is, rule.status)
    text = before + (catalogue.places.get(country, country) or "a country that we do not know") + after
    if territory and territory.treat_as != SELF:
        text += f" {territory.reason}"
    if rule.note:
        text += f" {rule.note}"
    if subject.profile_country and subject.profile_country != subject.country:
        roster = catalogue.places.get(subject.country, subject.country) or "no country"
        text += f" The staff list says {roster}; the country on the profile decides."
    return text if cited else f"{text} {_UNCITED}"


def _collection(subject: Subject, catalogue: Catalogue, overrides: Mapping[str, Override]) -> CollectionRule:
    """By where the person works: it is the employer's law that says what an employer may ask."""
    codes = [code for code in (subject.subdivision, subject.country) if code]
    if not codes:
        return NOWHERE
    rule = next((catalogue.collection[code] for code in codes if code in catalogue.collection), None)
    found = rule or catalogue.collection_default
    override = next((overrides[code] for code in codes if code in overrides), None)
    if override is None:
        return found
    # The override's own words go wherever the rule's reason would: pages, requests, exports.
    return replace(found, mode=override.mode, reason=override.words, overridden=override)


def _decide(
    policy: str, match: _Match | None, subject: Subject, catalogue: Catalogue, collection: CollectionRule
) -> Decision:
    if match is None:
        reason = f"No version of this policy is in force here on this date. {_UNCITED}"
        return Decision(policy, "", Status.UNKNOWN, Advice.WITHHOLD, Confidence.LOW, collection, reason, (), "")
    _, version, rule, territory = match
    advice, confidence, citations, country = rule.advice, rule.confidence, rule.sources, subject.place[0]
    if subject.under_18 and (exempt := version.exemptions.get("under_18")):
        offered = Advice.WITHHOLD if advice is Advice.WITHHOLD else Advice.OFFER
        reason = f"{exempt.text}."
        return Decision(
            policy, version.version, Status.EXCLUDED, offered, confidence, collection, reason, exempt.sources, ""
        )
    if territory:
        confidence = lower(confidence, territory.confidence)
        citations = tuple(dict.fromkeys(citations + territory.sources))
    if advice is Advice.SEND and (not country or (territory and territory.ask_person)):
        advice = Advice.SEND_NEUTRAL
    if not country:
        confidence = Confidence.LOW
    reason = _reason(subject, country, match, catalogue, bool(citations))
    return Decision(
        policy, version.version, rule.status, advice, confidence, collection, reason, citations, rule.conflict
    )


def _decide_all(
    subject: Subject, in_force: InForce, catalogue: Catalogue, overrides: Mapping[str, Override]
) -> tuple[Decision, ...]:
    country, subdivision = subject.place
    territory = catalogue.territories.get(country)
    collection = _collection(subject, catalogue, overrides)
    return tuple(
        [
            _decide(policy, _best(versions, country, subdivision, territory), subject, catalogue, collection)
            for policy, versions in in_force
        ]
    )


def resolve(
    subject: Subject, on: date, catalogue: Catalogue, overrides: Mapping[str, Override] = NO_OVERRIDES
) -> tuple[Decision, ...]:
    """One decision per policy, in order of policy id. Total: never raises, every input has an answer."""
    return _decide_all(subject, _in_force(on, catalogue), catalogue, overrides)


class Resolver(dict[tuple[str, str], tuple[Decision, ...]]):
    """`resolve` for many people on one day: (country, subdivision) of the roster → decisions.

    People in the same place share one answer, made when the first of them is asked for.
    """

    def __init__(self, on: date, catalogue: Catalogue, overrides: Mapping[str, Override] = NO_OVERRIDES) -> None:
        super().__init__()
        self._in_force, self._catalogue, self._overrides = _in_force(on, catalogue), catalogue, overrides

    def __missing__(self, place: tuple[str, str]) -> tuple[Decision, ...]:
        found = self[place] = _decide_all(Subject(*place), self._in_force, self._catalogue, self._overrides)
        return found

    def each(self, places: Iterable[tuple[str, str]]) -> Iterator[tuple[Decision, ...]]:
        """The decisions for a whole roster's places, in order."""
        return map(self.__getitem__, places)
