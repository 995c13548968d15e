"""Every write of this app. Writers of other apps call `append_evidence` inside their own transaction."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from organisations.models import EvidenceEntry, EvidenceHead, EvidencePersonal, Membership, Organisation, User
from organisations.rules import GENESIS, Role, commitment, entry_hash


@dataclass(frozen=True)
class Event:
    """What happened. `facts` stay for ever and hold no personal data; `personal` is committed to and erasable."""

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] | None = None


@transaction.atomic
def append_evidence(*, organisation: Organisation, events: Iterable[Event], now: datetime) -> list[EvidenceEntry]:
    """Adds events to the organisation's chain in the caller's transaction and returns the entries."""
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    EvidenceHead.objects.get_or_create(organisation=organisation, defaults={"hash": GENESIS})
    head = EvidenceHead.objects.select_for_update().get(organisation=organisation)
    entries, personal = [], []
    for event in events:
        salt = secrets.token_bytes(32)
        body: dict[str, Any] = {
            "seq": head.seq + 1,
            "at": at,
            "kind": event.kind,
            "facts": dict(event.facts),
            "commitment": commitment(salt, event.personal) if event.personal is not None else "",
            "prev_hash": head.hash,
        }
        entry = EvidenceEntry(organisation=organisation, hash=entry_hash(**body), **body)
        entries.append(entry)
        if event.personal is not None:
            personal.append(EvidencePersonal(entry=entry, salt=salt, content=dict(event.personal)))
        head.seq, head.hash = entry.seq, entry.hash
    EvidenceEntry.objects.bulk_create(entries, batch_size=500)
    EvidencePersonal.objects.bulk_create(personal, batch_size=500)
    head.save(update_fields=["seq", "hash"])
    return entries


@transaction.atomic
def create_organisation(
    *, slug: str, name: str, contact_email: str, now: datetime, outbox_only: bool = False
) -> Organisation:
    organisation = Organisation.objects.create(
        slug=slug, name=name, contact_email=contact_email, outbox_only=outbox_only, created_at=now
    )
    append_evidence(organisation=organisation, events=[Event("organisation.created", {"slug": slug})], now=now)
    return organisation


@transaction.atomic
def set_approval_size(*, organisation: Organisation, people: int, user: User, now: datetime) -> None:
    """From how many people on a campaign needs a second person's yes. Who moved it stands in the log."""
    was = Organisation.objects.select_for_update().get(pk=organisation.pk).approval_above
    Organisation.objects.filter(pk=organisation.pk).update(approval_above=people)
    facts = {"above": people, "was": was, "user": user.pk}
    append_evidence(organisation=organisation, events=[Event("organisation.approval_size", facts)], now=now)


@transaction.atomic
def add_member(
    *, organisation: Organisation, email: str, role: Role, now: datetime, password: str | None = None
) -> Membership:
    """Gives `email` a role, making the user when there is none; without a password they use "forgot password"."""
    address = email.strip().lower()
    user = User.objects.filter(email=address).first() or User.objects.create_user(address, password)
    membership, _ = Membership.objects.update_or_create(
        user=user, organisation=organisation, defaults={"role": role.value}
    )
    event = Event("member.added", {"role": role.value, "user": user.pk}, personal={"email": address})
    append_evidence(organisation=organisation, events=[event], now=now)
    return membership
