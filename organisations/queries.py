from collections.abc import Iterator

from django.db.models import QuerySet

from organisations.models import EvidenceEntry, EvidenceHead, Membership, Organisation, User
from organisations.rules import Entry, Role, first_broken


def memberships_of(user: User) -> QuerySet[Membership]:
    """The organisations a user belongs to, by name."""
    return Membership.objects.filter(user=user).select_related("organisation").order_by("organisation__name")


def organisation_by_slug(slug: str) -> Organisation | None:
    return Organisation.objects.filter(slug=slug).first()


def owners(organisation: Organisation) -> QuerySet[User]:
    ids = Membership.objects.filter(organisation=organisation, role=Role.OWNER).values("user_id")
    return User.objects.filter(pk__in=ids).order_by("email")


def evidence_entries(organisation: Organisation) -> Iterator[Entry]:
    """The whole log in order, streamed."""
    rows = EvidenceEntry.objects.filter(organisation=organisation).order_by("seq")
    for row in rows.iterator(chunk_size=2000):
        yield Entry(row.seq, row.at, row.kind, row.facts, row.commitment, row.prev_hash, row.hash)


def evidence_head(organisation: Organisation) -> tuple[int, str] | None:
    """(number of entries, last hash), or None while the log is empty."""
    head = EvidenceHead.objects.filter(organisation=organisation).first()
    return (head.seq, head.hash) if head else None


def first_broken_entry(organisation: Organisation) -> int | None:
    """None when the chain is whole and ends where the head says; otherwise the first bad `seq`."""
    broken = first_broken(evidence_entries(organisation))
    if broken is not None:
        return broken
    last = EvidenceEntry.objects.filter(organisation=organisation).order_by("-seq").values_list("seq", "hash").first()
    head = evidence_head(organisation)
    return None if last == head else (last or (0, ""))[0] + 1
