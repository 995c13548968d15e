"""The decision itself: an exact code beats a set, a set beats the rest of the world, the newest start wins a tie."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

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


@dataclass(frozen=True)
class _Match:
    """`rank`: 3 exact code, 2 set, 1 rest of the world. `territory` is set where the code stands for another."""

    rank: int
    version: Version
    rule: RegionRule
    territory: Territory | None = None


def _match(version: Version, country: str, subdivision: str, territory: Territory | None) -> _Match | None:
    for code in filter(None, (subdivision, country)):
        if code in version.by_code:
            return _Match(3, version, version.by_code[code])
    follows = territory.treat_as if territory and territory.treat_as != SELF else country
    if follows != REST_OF_WORLD:
        if territory and follows in version.by_code:
            return _Match(2, version, version.by_code[follows], territory)
        if follows in version.by_set:
            return _Match(2, version, version.by_set[follows], territory)
    return _Match(1, version, version.rest, territory) if version.rest else None


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


def _reason(subject: Subject, match: _Match, catalogue: Catalogue, cited: bool) -> str:
    country, _ = subject.place
    place = catalogue.places.get(country, country) or "a country that we do not know"
    start = match.version.start
    day = f"{start.day} {start:%B %Y}"
    status = match.rule.status
    sentence = _OTHER_STARTS.get((status, match.version.start_is), _SENTENCES[status])
    parts = [sentence.format(platform=match.version.platform, place=place, day=day)]
    if match.territory and match.territory.treat_as != SELF:
        parts.append(match.territory.reason)
    if match.rule.note:
        parts.append(match.rule.note)
    if subject.profile_country and subject.profile_country != subject.country:
        roster = catalogue.places.get(subject.country, subject.country) or "no country"
        parts.append(f"The staff list says {roster}; the country on the profile decides.")
    if not cited:
        parts.append(_UNCITED)
    return " ".join(parts)


def _collection(subject: Subject, catalogue: Catalogue, overrides: Mapping[str, Override]) -> CollectionRule:
    """By where the person works: it is the employer's law that says what an employer may ask."""
    codes = [code for code in (subject.subdivision, subject.country) if code]
    if not codes:
        return NOWHERE
    rule = next((catalogue.collection[code] for code in codes if code in catalogue.collection), None)
    found = rule or catalogue.collection_default
    override = next((overrides[code] for code in codes if code in overrides), None)
    return replace(found, mode=override.mode, overridden=override) if override else found


def _nothing_in_force(policy: str, collection: CollectionRule) -> Decision:
    reason = f"No version of this policy is in force here on this date. {_UNCITED}"
    return Decision(policy, "", Status.UNKNOWN, Advice.WITHHOLD, Confidence.LOW, collection, reason, (), "")


def _decide(
    policy: str, matches: Iterable[_Match], subject: Subject, catalogue: Catalogue, collection: CollectionRule
) -> Decision:
    found = max(matches, key=lambda match: (match.rank, match.version.start), default=None)
    if found is None:
        return _nothing_in_force(policy, collection)
    rule, territory, version = found.rule, found.territory, found.version
    advice, confidence, citations = rule.advice, rule.confidence, rule.sources
    if territory:
        confidence = lower(confidence, territory.confidence)
        citations = tuple(dict.fromkeys(citations + territory.sources))
    uncertain = not subject.place[0] or (territory is not None and territory.ask_person)
    if uncertain and advice is Advice.SEND:
        advice = Advice.SEND_NEUTRAL
    if not subject.place[0]:
        confidence = Confidence.LOW
    decision = Decision(
        policy, version.version, rule.status, advice, confidence, collection, "", citations, rule.conflict
    )
    if subject.under_18 and (exempt := version.exemptions.get("under_18")):
        advice = Advice.WITHHOLD if advice is Advice.WITHHOLD else Advice.OFFER
        return replace(
            decision, status=Status.EXCLUDED, advice=advice, reason=f"{exempt.text}.", citations=exempt.sources
        )
    return replace(decision, reason=_reason(subject, found, catalogue, bool(citations)))


def resolve(
    subject: Subject, on: date, catalogue: Catalogue, overrides: Mapping[str, Override] = NO_OVERRIDES
) -> tuple[Decision, ...]:
    """One decision per policy, in order of policy id. Total: never raises, every input has an answer."""
    country, subdivision = subject.place
    territory = catalogue.territories.get(country)
    collection = _collection(subject, catalogue, overrides)
    return tuple(
        _decide(
            policy,
            filter(
                None,
                (_match(version, country, subdivision, territory) for version in versions if version.in_force(on)),
            ),
            subject,
            catalogue,
            collection,
        )
        for policy, versions in sorted(catalogue.versions.items())
    )


class Resolver:
    """`resolve` for many people on one day: people in the same place share one answer."""

    def __init__(self, on: date, catalogue: Catalogue, overrides: Mapping[str, Override] = NO_OVERRIDES) -> None:
        self.on, self.catalogue, self.overrides = on, catalogue, overrides
        self._known: dict[tuple[str, str], tuple[Decision, ...]] = {}

    def at(self, country: str, subdivision: str) -> tuple[Decision, ...]:
        """The decisions for somebody of whom the roster's region is all we know."""
        place = country, subdivision
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = resolve(Subject(*place), self.on, self.catalogue, self.overrides)
        return found

    def each(self, places: Iterable[tuple[str, str]]) -> Iterator[tuple[Decision, ...]]:
        """The decisions for a whole roster's regions, in order."""
        known = self._known
        for place in places:
            found = known.get(place)
            yield found if found is not None else self.at(*place)
