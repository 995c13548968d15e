from datetime import datetime

from django.db import transaction

from compliance.catalogue.gateways import CatalogueError, CatalogueFiles, sha256_of
from compliance.catalogue.models import CatalogueTable, CollectionOverride, Policy, PolicyVersion
from compliance.catalogue.rules import CollectionMode
from compliance.catalogue.schema import PolicyFile, VersionEntry
from organisations.models import Organisation, User
from organisations.services import Event, append_evidence


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


@transaction.atomic
def override_collection(
    *,
    organisation: Organisation,
    jurisdiction: str,
    mode: CollectionMode,
    reason: str,
    author_name: str,
    user: User,
    now: datetime,
) -> CollectionOverride:
    """Records counsel's decision for a jurisdiction; an earlier one is withdrawn, not erased."""
    _withdraw(organisation, jurisdiction, now)
    row = CollectionOverride.objects.create(
        organisation=organisation,
        jurisdiction=jurisdiction,
        mode=mode,
        reason=reason,
        author_name=author_name,
        entered_by=user,
        created_at=now,
    )
    facts = {"jurisdiction": jurisdiction, "mode": mode.value, "user": user.pk}
    event = Event("collection.overridden", facts, personal={"author": author_name, "reason": reason})
    append_evidence(organisation=organisation, events=[event], now=now)
    return row


@transaction.atomic
def withdraw_override(*, organisation: Organisation, jurisdiction: str, user: User, now: datetime) -> bool:
    """Back to the catalogue's own rule; False when there was no override."""
    if not _withdraw(organisation, jurisdiction, now):
        return False
    event = Event("collection.override_withdrawn", {"jurisdiction": jurisdiction, "user": user.pk})
    append_evidence(organisation=organisation, events=[event], now=now)
    return True


def _withdraw(organisation: Organisation, jurisdiction: str, now: datetime) -> int:
    standing = CollectionOverride.objects.filter(
        organisation=organisation, jurisdiction=jurisdiction, withdrawn_at=None
    )
    return standing.update(withdrawn_at=now)


def _load_policy(entry: PolicyFile) -> Policy:
    names = ("platform", "title", "headline", "summary", "actor", "mechanism", "last_checked", "review_due")
    fields = {name: getattr(entry, name) for name in names}
    fields["askable"] = entry.actor == "member" and any(version.attestation for version in entry.versions)
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
