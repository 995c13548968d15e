from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from django.db.models import Prefetch, QuerySet

from compliance.catalogue.assembly import assemble, version_of
from compliance.catalogue.models import CatalogueTable, CollectionOverride, Policy, PolicyVersion
from compliance.catalogue.rules import Catalogue, CollectionMode, Override, Resolver
from compliance.catalogue.schema import (
    CollectionFile,
    ConflictEntry,
    ConflictsFile,
    RegionsFile,
    SourceEntry,
    SourcesFile,
    VersionEntry,
)
from organisations.models import Organisation


def policies() -> QuerySet[Policy]:
    """Every policy, with its versions from the oldest on."""
    versions = PolicyVersion.objects.order_by("effective_from", "pk")
    return Policy.objects.prefetch_related(Prefetch("versions", versions)).order_by("platform", "title")


def member_policies() -> QuerySet[Policy]:
    """Policies that staff can be asked about: they operate a control of their own."""
    return policies().filter(askable=True)


def policy(key: str) -> Policy | None:
    return policies().filter(key=key).first()


def overdue_policies(on: date) -> QuerySet[Policy]:
    """Policies whose sources should have been looked at again by now."""
    return Policy.objects.filter(review_due__lt=on).order_by("review_due", "key")


def policy_versions(keys: Iterable[str]) -> QuerySet[PolicyVersion]:
    """All versions of the policies named."""
    return PolicyVersion.objects.filter(policy__key__in=list(keys)).select_related("policy").order_by("effective_from")


def versions_since(day: date) -> QuerySet[PolicyVersion]:
    """Versions that took effect, or will, on or after a day; the newest first."""
    found = PolicyVersion.objects.filter(effective_from__gte=day).select_related("policy")
    return found.order_by("-effective_from", "policy__key")


def catalogue() -> Catalogue:
    """Everything the rules need; rebuilt only when a loaded hash differs."""
    versions = PolicyVersion.objects.order_by().values_list("sha256", flat=True)
    tables = CatalogueTable.objects.order_by().values_list("sha256", flat=True)
    return _catalogue(tuple(sorted(versions.union(tables, all=True))))


@lru_cache(maxsize=2)
def _catalogue(fingerprint: tuple[str, ...]) -> Catalogue:
    regions = region_sets()
    rows = PolicyVersion.objects.select_related("policy").order_by("effective_from", "pk")
    versions = [version_of(row.policy.key, row.policy.platform, document(row), regions) for row in rows]
    return assemble(regions, CollectionFile.model_validate(_table("collection")), versions)


def overrides(organisation: Organisation) -> Mapping[str, Override]:
    """What counsel has decided otherwise and not withdrawn, by jurisdiction."""
    return {row.jurisdiction: _override(row) for row in override_rows(organisation).filter(withdrawn_at=None)}


def overrides_behind(organisation: Organisation, reasons: set[str]) -> list[tuple[str, Override]]:
    """The overrides, withdrawn ones too, whose words stand among these reasons: those that really acted."""
    found = [(row.jurisdiction, _override(row)) for row in override_rows(organisation)]
    return sorted([pair for pair in found if pair[1].words in reasons], key=lambda pair: pair[0])


def _override(row: CollectionOverride) -> Override:
    return Override(CollectionMode(row.mode), row.author_name, row.created_at.date(), row.reason)


def override_rows(organisation: Organisation) -> QuerySet[CollectionOverride]:
    """All of them, withdrawn ones too, the newest first."""
    return CollectionOverride.objects.filter(organisation=organisation).order_by("-pk")


def resolver(organisation: Organisation, on: date) -> Resolver:
    """Decides for an organisation's people on a day."""
    return Resolver(on, catalogue(), overrides(organisation))


def _table(name: str) -> object:
    return CatalogueTable.objects.get(name=name).document


def region_sets() -> RegionsFile:
    return RegionsFile.model_validate(_table("regions"))


def document(row: PolicyVersion) -> VersionEntry:
    """The version's text as typed values."""
    return VersionEntry.model_validate(row.document)


def all_sources() -> dict[str, SourceEntry]:
    return {source.id: source for source in SourcesFile.model_validate(_table("sources")).sources}


def sources(ids: Sequence[str]) -> list[SourceEntry]:
    """The citations named, in that order; unknown ids are left out."""
    known = all_sources()
    return [known[name] for name in ids if name in known]


def all_conflicts() -> list[ConflictEntry]:
    return ConflictsFile.model_validate(_table("conflicts")).conflicts


def conflicts_of(policy_keys: Iterable[str]) -> list[ConflictEntry]:
    """Questions on which sources disagree about any of these policies."""
    wanted = set(policy_keys)
    return [item for item in all_conflicts() if wanted.intersection(item.policies)]
