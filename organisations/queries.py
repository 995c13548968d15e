from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from organisations.models import EvidenceEntry, EvidenceHead, Membership, Organisation, User
from organisations.rules import Entry, first_broken


def memberships_of(user: User) -> QuerySet[Membership]:
    """The organisations a user belongs to, by name."""
    return Membership.objects.filter(user=user).select_related("organisation").order_by("organisation__name")


def organisation_by_slug(slug: str) -> Organisation | None:
    return Organisation.objects.filter(slug=slug).first()


def evidence_entries(organisation: Organisation, up_to: int | None = None) -> Iterator[Entry]:
    """The log in order, streamed; whole, or up to a `seq`."""
    rows = EvidenceEntry.objects.filter(organisation=organisation).order_by("seq")
    if up_to is not None:
        rows = rows.filter(seq__lte=up_to)
    for row in rows.iterator(chunk_size=2000):
        yield Entry(row.seq, row.at, row.kind, row.facts, row.commitment, row.prev_hash, row.hash)


@dataclass(frozen=True)
class LogState:
    """The log as it was read: how many entries, the last one's hash, and the first bad entry's `seq`, if any."""

    entries: int
    hash: str
    broken_at: int | None


def evidence_state(organisation: Organisation) -> LogState:
    """Checks the chain from the first entry to where the head stood when this was called; later entries wait."""
    head = EvidenceHead.objects.filter(organisation=organisation).first()
    if head is None:
        return LogState(0, "", None)
    last: list[Entry] = []

    def read() -> Iterator[Entry]:
        for entry in evidence_entries(organisation, head.seq):
            last[:] = [entry]
            yield entry

    broken = first_broken(read())
    if broken is None and (not last or (last[0].seq, last[0].hash) != (head.seq, head.hash)):
        broken = last[0].seq + 1 if last else 1
    return LogState(head.seq, head.hash, broken)


def in_batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Keys for one statement after the other: SQLite takes so many parameters and no more."""
    for start in range(0, len(ids), 500):
        yield ids[start : start + 500]
