"""From the catalogue's files, as validated, to the values that the rules decide on."""

from collections.abc import Iterable
from datetime import date

from compliance.catalogue.rules import (
    Catalogue,
    CollectionRule,
    Exemption,
    RegionRule,
    Territory,
    Version,
)
from compliance.catalogue.schema import CollectionDefault, CollectionFile, RegionEntry, RegionsFile, VersionEntry
from employees.names import places_in_sentences


def assemble(regions: RegionsFile, collection: CollectionFile, versions: Iterable[Version]) -> Catalogue:
    by_policy: dict[str, list[Version]] = {}
    for version in versions:
        by_policy.setdefault(version.policy, []).append(version)
    return Catalogue(
        versions={key: tuple(found) for key, found in by_policy.items()},
        territories={
            code: Territory(item.treat_as, item.confidence, item.ask_person, item.reason, tuple(item.sources))
            for item in regions.territories
            for code in item.codes
        },
        collection={code: _collection(item) for item in collection.rules for code in item.codes},
        collection_default=_collection(collection.default),
        places=places_in_sentences(),
    )


def version_of(policy: str, platform: str, entry: VersionEntry, regions: RegionsFile) -> Version:
    """One version with its sets spelled out."""
    return Version(
        policy=policy,
        version=entry.id,
        platform=platform,
        start=entry.effective_from,
        end=entry.effective_until,
        by_code={code: _rule(item) for item in entry.regions for code in item.codes},
        by_set={
            code: _rule(item) for item in entry.regions if item.set in regions.sets for code in regions.sets[item.set]
        },
        rest=next((_rule(item) for item in entry.regions if item.set == "REST_OF_WORLD"), None),
        start_is=entry.start_is,
        exemptions={item.who: Exemption(item.text, tuple(item.sources)) for item in entry.exemptions},
    )


def _rule(item: RegionEntry) -> RegionRule:
    return RegionRule(item.status, item.confidence, item.advice, tuple(item.sources), item.note, item.conflict)


def _collection(item: CollectionDefault) -> CollectionRule:
    return CollectionRule(item.mode, item.reason, tuple(item.sources), item.requires, item.note)


def overdue(review_due: date, on: date) -> bool:
    """Whether nobody has looked at a policy's sources for too long."""
    return review_due < on
