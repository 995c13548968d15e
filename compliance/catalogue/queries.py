from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.db.models import QuerySet

from compliance.catalogue.models import CatalogueTable, Policy, PolicyVersion
from compliance.catalogue.rules import Catalogue, CollectionRule, RegionRule, Territory, Version
from compliance.catalogue.schema import (
    CollectionDefault,
    CollectionFile,
    ConflictEntry,
    ConflictsFile,
    RegionEntry,
    RegionsFile,
    SourceEntry,
    SourcesFile,
    VersionEntry,
)


def policies() -> QuerySet[Policy]:
    return Policy.objects.prefetch_related("versions").order_by("platform", "title")


def policy_versions(keys: Iterable[str]) -> QuerySet[PolicyVersion]:
    """All versions of the policies named."""
    return PolicyVersion.objects.filter(policy__key__in=list(keys)).select_related("policy").order_by("effective_from")


def catalogue() -> Catalogue:
    """Everything the rules need; rebuilt only when a loaded hash differs."""
    versions = PolicyVersion.objects.order_by("pk").values_list("sha256", flat=True)
    tables = CatalogueTable.objects.order_by("name").values_list("sha256", flat=True)
    return _catalogue((*versions, *tables))


@lru_cache(maxsize=2)
def _catalogue(fingerprint: tuple[str, ...]) -> Catalogue:
    regions = RegionsFile.model_validate(_table("regions"))
    collection = CollectionFile.model_validate(_table("collection"))
    versions: dict[str, list[Version]] = {}
    for row in PolicyVersion.objects.select_related("policy").order_by("effective_from"):
        versions.setdefault(row.policy.key, []).append(_version(row, regions))
    return Catalogue(
        versions={key: tuple(found) for key, found in versions.items()},
        territories={
            code: Territory(item.treat_as, item.confidence, item.ask_person, item.reason, tuple(item.sources))
            for item in regions.territories
            for code in item.codes
        },
        collection={code: _collection(item) for item in collection.rules for code in item.codes},
        collection_default=_collection(collection.default),
    )


def _table(name: str) -> object:
    return CatalogueTable.objects.get(name=name).document


def _collection(item: CollectionDefault) -> CollectionRule:
    return CollectionRule(item.mode, item.reason, tuple(item.sources))


def _rule(item: RegionEntry) -> RegionRule:
    return RegionRule(item.status, item.confidence, item.advice, tuple(item.sources), item.note, item.conflict)


def _version(row: PolicyVersion, regions: RegionsFile) -> Version:
    entries = document(row).regions
    by_code = {code: _rule(item) for item in entries for code in item.codes}
    by_set = {code: _rule(item) for item in entries if item.set in regions.sets for code in regions.sets[item.set]}
    rest = next((_rule(item) for item in entries if item.set == "REST_OF_WORLD"), None)
    return Version(
        row.policy.key,
        row.key,
        row.policy.platform,
        row.effective_from,
        row.effective_until,
        by_code,
        by_set,
        rest,
    )


def document(row: PolicyVersion) -> VersionEntry:
    """The version's text as typed values."""
    return VersionEntry.model_validate(row.document)


def sources(ids: Sequence[str]) -> list[SourceEntry]:
    """The citations named, in that order; unknown ids are left out."""
    known = {source.id: source for source in SourcesFile.model_validate(_table("sources")).sources}
    return [known[name] for name in ids if name in known]


def conflicts(ids: Iterable[str]) -> list[ConflictEntry]:
    wanted = set(ids)
    return [item for item in ConflictsFile.model_validate(_table("conflicts")).conflicts if item.id in wanted]
