from datetime import datetime

from django.db import transaction

from compliance.catalogue.gateways import CatalogueError, CatalogueFiles, sha256_of
from compliance.catalogue.models import CatalogueTable, Policy, PolicyVersion
from compliance.catalogue.schema import PolicyFile, VersionEntry


@transaction.atomic
def load_catalogue(*, files: CatalogueFiles, now: datetime) -> int:
    """Brings the files into the database and returns how many versions are new. Idempotent.

    Raises CatalogueError when a version that was loaded before reads differently now: versions never change.
    """
    for name in ("sources", "conflicts", "regions", "collection"):
        part = getattr(files, name)
        CatalogueTable.objects.update_or_create(
            name=name,
            defaults={"document": part.model_dump(mode="json"), "sha256": sha256_of(part)},
            create_defaults={
                "document": part.model_dump(mode="json"),
                "sha256": sha256_of(part),
                "loaded_at": now,
            },
        )
    return sum(
        _load_version(_load_policy(entry), version, now) for entry in files.policies for version in entry.versions
    )


def _load_policy(entry: PolicyFile) -> Policy:
    fields = {name: getattr(entry, name) for name in ("platform", "title", "summary", "actor", "review_due")}
    policy, _ = Policy.objects.update_or_create(key=entry.id, defaults=fields)
    return policy


def _load_version(policy: Policy, entry: VersionEntry, now: datetime) -> bool:
    sha256 = sha256_of(entry)
    known = PolicyVersion.objects.filter(policy=policy, key=entry.id).first()
    if known is None:
        PolicyVersion.objects.create(
            policy=policy,
            key=entry.id,
            effective_from=entry.effective_from,
            effective_until=entry.effective_until,
            document=entry.model_dump(mode="json", by_alias=True),
            sha256=sha256,
            loaded_at=now,
        )
        return True
    if known.sha256 != sha256:
        raise CatalogueError(
            f"{policy.key}.yaml, version {entry.id}: this version was loaded on {known.loaded_at:%d %B %Y} and reads "
            "differently now. A loaded version never changes, because people were asked by it. Put the old text back "
            "and write the correction as a new version that supersedes it."
        )
    return False
