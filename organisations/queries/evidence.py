"""Every read of the evidence log and of what hangs on it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from organisations.models import (
    CheckpointMail,
    EvidenceCheckpoint,
    EvidenceEntry,
    EvidenceHead,
    EvidenceJob,
    EvidenceOutside,
    EvidenceTimestamp,
    Organisation,
)
from organisations.queries.tenants import in_batches
from organisations.rules.auditing import Findings, audit
from organisations.rules.checkpoints import Signed
from organisations.rules.evidence import Entry, first_broken
from organisations.signing import is_signed

_STEP = 2000
_COLUMNS = ("seq", "at", "kind", "facts", "commitment", "prev_hash", "hash")


def evidence_entries(
    organisation: Organisation, up_to: int | None = None, after: int = 0, kind: str = ""
) -> Iterator[Entry]:
    """The log in order, streamed; whole, or between two numbers, or of one kind."""
    rows = EvidenceEntry.objects.filter(organisation=organisation, seq__gt=after).order_by("seq")
    if up_to is not None:
        rows = rows.filter(seq__lte=up_to)
    if kind:
        rows = rows.filter(kind=kind)
    for row in rows.values_list(*_COLUMNS).iterator(chunk_size=_STEP):
        yield Entry(*row)


def evidence_entries_of(organisation: Organisation, seqs: Sequence[int]) -> Iterator[Entry]:
    """Those with these numbers, in order."""
    for batch in in_batches(sorted(seqs)):
        rows = EvidenceEntry.objects.filter(organisation=organisation, seq__in=batch).order_by("seq")
        for row in rows.values_list(*_COLUMNS):
            yield Entry(*row)


def evidence_hashes(organisation: Organisation, up_to: int) -> Iterator[str]:
    """The hash of each entry up to a number, streamed."""
    rows = EvidenceEntry.objects.filter(organisation=organisation, seq__lte=up_to).order_by("seq")
    return rows.values_list("hash", flat=True).iterator(chunk_size=_STEP)


def evidence_kinds(organisation: Organisation, up_to: int) -> list[tuple[str, int]]:
    """How many entries there are of each kind, up to a number."""
    rows = EvidenceEntry.objects.filter(organisation=organisation, seq__lte=up_to).order_by("kind")
    return list(rows.values_list("kind").annotate(Count("pk")))


@dataclass(frozen=True)
class LogState:
    """The log as it was read: how many entries, the last one's hash, and the first bad entry's `seq`, if any."""

    entries: int
    hash: str
    broken_at: int | None


def evidence_head(organisation: Organisation) -> tuple[int, str]:
    """Number and hash of the last entry; (0, "") for a log without any."""
    head = EvidenceHead.objects.filter(organisation=organisation).first()
    return (head.seq, head.hash) if head else (0, "")


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
    stands = (last[0].seq, last[0].hash) == (head.seq, head.hash) if last else head.seq == 0
    if broken is None and not stands:
        broken = last[0].seq + 1 if last else 1
    return LogState(head.seq, head.hash, broken)


def checkpoints(organisation: Organisation) -> QuerySet[EvidenceCheckpoint]:
    """Newest first."""
    return EvidenceCheckpoint.objects.filter(organisation=organisation).order_by("-seq")


def checkpoint(organisation: Organisation, pk: int) -> EvidenceCheckpoint | None:
    return checkpoints(organisation).filter(pk=pk).first()


def signed_checkpoints(organisation: Organisation, up_to: int | None = None) -> list[Signed]:
    """Oldest first; those up to a number of entries."""
    rows = checkpoints(organisation).order_by("seq")
    return [row.signed for row in (rows if up_to is None else rows.filter(seq__lte=up_to))]


def full_audit(
    organisation: Organisation, outside: Sequence[Signed] = (), step: Callable[[int], None] | None = None
) -> Findings:
    """The log with its checkpoints, as it stood when this was called. `step` hears how many entries were read."""
    head = evidence_head(organisation)
    taken = signed_checkpoints(organisation)

    def read() -> Iterator[Entry]:
        for number, entry in enumerate(evidence_entries(organisation, head[0])):
            if step and number % (5 * _STEP) == 0:
                step(number)
            yield entry

    return audit(
        read(),
        organisation=organisation.slug,
        head=head if head[0] else None,
        checkpoints=taken,
        outside=outside,
        is_signed=is_signed,
    )


def logs_without_checkpoint_since(since: datetime) -> QuerySet[Organisation]:
    """Organisations whose log has grown since its last checkpoint, which is older than `since` or not there."""
    mine = EvidenceCheckpoint.objects.filter(organisation=OuterRef("pk"))
    behind = EvidenceHead.objects.filter(organisation=OuterRef("pk"), seq__gt=0).exclude(
        seq__in=mine.values("seq").order_by("-seq")[:1]
    )
    recent = Exists(mine.filter(taken_at__gte=since))
    return Organisation.objects.filter(~recent).filter(Exists(behind)).order_by("pk")


def outside_addresses(organisation: Organisation) -> list[str]:
    rows = EvidenceOutside.objects.filter(organisation=organisation).order_by("email")
    return list(rows.values_list("email", flat=True))


def erased_from(organisation: Organisation, campaign_id: int) -> int:
    """How many people of a campaign have been erased since: they are in no figure any more."""
    rows = EvidenceEntry.objects.filter(organisation=organisation, kind="person.erased").order_by("seq")
    return sum(campaign_id in facts["campaigns"] for facts in rows.values_list("facts", flat=True))


def due_mails(now: datetime) -> list[int]:
    """Checkpoints that wait to be mailed, of all organisations, longest waiting first."""
    rows = CheckpointMail.objects.filter(state=CheckpointMail.State.QUEUED, due_at__lte=now)
    return list(rows.order_by("due_at", "pk").values_list("pk", flat=True)[:200])


def due_stamps(now: datetime) -> list[int]:
    """Checkpoints that wait for an outside timestamp, of all organisations."""
    rows = EvidenceTimestamp.objects.filter(token=None, due_at__lte=now)
    return list(rows.order_by("due_at", "pk").values_list("pk", flat=True)[:50])


def mails_in_trouble(organisation: Organisation) -> QuerySet[CheckpointMail]:
    """Those that failed, or that a server has refused and that wait for another try."""
    rows = CheckpointMail.objects.filter(checkpoint__organisation=organisation).exclude(detail="")
    unsent = Q(state=CheckpointMail.State.FAILED) | Q(state=CheckpointMail.State.QUEUED)
    return rows.filter(unsent).select_related("checkpoint").order_by("-checkpoint__seq", "email")


def last_job(organisation: Organisation, kind: EvidenceJob.Kind) -> EvidenceJob | None:
    """The last that nobody cancelled: what the one before it found still stands."""
    rows = EvidenceJob.objects.filter(organisation=organisation, kind=kind)
    return rows.exclude(state=EvidenceJob.State.CANCELLED).order_by("-pk").first()


def jobs(organisation: Organisation) -> QuerySet[EvidenceJob]:
    """Newest first."""
    return EvidenceJob.objects.filter(organisation=organisation).order_by("-pk")


def waiting_jobs() -> list[int]:
    rows = EvidenceJob.objects.filter(state=EvidenceJob.State.QUEUED).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:20])
