"""Organisations and who belongs to them."""

from datetime import datetime

from django.db import transaction

from organisations.models import EvidenceHead, Membership, Organisation, User
from organisations.rules import GENESIS, Role
from organisations.services.evidence import Event, append_evidence
from organisations.services.members import register_address


@transaction.atomic
def create_organisation(
    *, slug: str, name: str, contact_email: str, now: datetime, outbox_only: bool = False
) -> Organisation:
    organisation = Organisation.objects.create(
        slug=slug, name=name, contact_email=contact_email, outbox_only=outbox_only, created_at=now
    )
    EvidenceHead.objects.create(organisation=organisation, hash=GENESIS)
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
    register_address(user)
    membership, _ = Membership.objects.update_or_create(
        user=user, organisation=organisation, defaults={"role": role.value}
    )
    event = Event("member.added", {"role": role.value, "user": user.pk}, personal={"email": address})
    append_evidence(organisation=organisation, events=[event], now=now)
    return membership
