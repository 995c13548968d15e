"""How imports end, other than by their commit."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from employees.models import PlanChunk, RosterImport, RosterUpload
from employees.rules.plan import Kind

State = RosterImport.State

UPLOAD_KEPT = timedelta(hours=24)  # a plan that nobody carries out goes with its file
UNDO_KEPT = timedelta(days=14)
TO_UNDO = (Kind.JOINER.value, Kind.CHANGE.value, Kind.LEAVER.value)
OPEN_STATES = (State.READING, State.UNMAPPED, State.FAILED, State.PLANNED)


class ImportRefused(Exception):
    """The import cannot go on; the message says why and what to do."""


@transaction.atomic
def discard_import(*, roster_import: RosterImport, now: datetime) -> bool:
    """Forgets a file, its plan and the personal data in both; whether there was anything to forget. A worker that reads
    it finds out at its next step."""
    ended = RosterImport.objects.filter(pk=roster_import.pk, state__in=OPEN_STATES).update(
        state=State.DISCARDED, detected={}, fixes={}, detail="", claim=None, lease_until=None, finished_at=now
    )
    if ended:
        _forget(roster_import)
    return bool(ended)


def _forget(roster_import: RosterImport) -> None:
    RosterUpload.objects.filter(roster_import=roster_import).delete()
    PlanChunk.objects.filter(roster_import=roster_import).delete()


@transaction.atomic
def purge_ended(*, now: datetime) -> int:
    """Discards what was left lying for a day, and lets go of what only an undo would need. Returns the discarded."""
    stale = RosterImport.objects.filter(state__in=OPEN_STATES, created_at__lt=now - UPLOAD_KEPT)
    discarded = sum(discard_import(roster_import=item, now=now) for item in stale)
    forget_undo(RosterImport.objects.filter(undo_until__lt=now))
    PlanChunk.objects.filter(
        roster_import__state=State.COMMITTED, roster_import__finished_at__lt=now - UNDO_KEPT
    ).delete()  # rows that nobody mended
    return discarded


def forget_undo(imports: QuerySet[RosterImport]) -> None:
    """Lets go of what taking these imports back would need."""
    PlanChunk.objects.filter(roster_import__in=imports.values("pk"), kind__in=TO_UNDO).delete()
    imports.update(undo_until=None)
