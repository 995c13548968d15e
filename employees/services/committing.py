"""Carrying out a plan: one transaction, all of it or nothing."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction

from employees.lines import chunks_of, known_lines, lines_of, new_people
from employees.models import Employee, PlanChunk, RosterImport, RosterUpload
from employees.rules.people import Person
from employees.rules.plan import Kind, Line
from employees.services.ending import UNDO_KEPT, ImportRefused, forget_undo
from employees.services.writing import (
    insert_packed,
    insert_people,
    note_moves,
    raise_roster_revision,
    without_collector,
    write_people,
)
from employees.signals import roster_changed
from organisations.here import within
from organisations.models import Organisation
from organisations.queries import in_batches
from organisations.services import Event, append_evidence

logger = logging.getLogger(__name__)

State = RosterImport.State
MAX_ATTEMPTS = 3
# Of what was detected, all that names nobody: rows to mend are given back in these columns.
STAYS = frozenset({"kind", "headers", "delimiter", "encoding", "sheet", "row", "decided"})


@transaction.atomic
def request_commit(
    *, roster_import: RosterImport, leavers_confirmed: bool, now: datetime, revision: int | None = None
) -> None:
    """Leaves a long plan to a worker. Raises ImportRefused for whatever is plain already."""
    locked = _locked(roster_import)
    _refuse_unless_current(locked, leavers_confirmed, revision)
    locked.state, locked.leavers_confirmed, locked.stage = State.COMMITTING, leavers_confirmed, "Waiting for a worker"
    locked.attempts, locked.since = 0, now
    locked.save(update_fields=["state", "leavers_confirmed", "stage", "attempts", "since"])


def finish_commit(*, import_id: int, now: datetime) -> bool:
    """Carries out a requested commit; whether there was one to take up. A refusal puts the plan back, with a reason."""
    wanted = _taken(import_id, now)
    if wanted is None:
        return False
    requested = RosterImport.objects.filter(pk=import_id, state=State.COMMITTING)
    try:
        if wanted.attempts > MAX_ATTEMPTS:
            raise ImportRefused("Every worker that tried to carry out this plan died.")
        with within(wanted.organisation_id, wanted):
            commit_import(roster_import=wanted, leavers_confirmed=wanted.leavers_confirmed, now=now)
    except ImportRefused as error:
        requested.update(state=State.PLANNED, detail=str(error)[:500])
    except Exception:  # broad: the outermost edge of the job; the person waiting must see that it ended
        logger.exception("The commit of import %s failed.", import_id)
        said = "Something went wrong, and nothing was changed. The log has the details."
        requested.update(state=State.PLANNED, detail=said)
    return True


@transaction.atomic
def _taken(import_id: int, now: datetime) -> RosterImport | None:
    """The request, with one attempt more. None where there is none, or where a worker is at it and holds the row: who
    waited for it would keep reports waiting."""
    rows = RosterImport.objects.select_for_update(skip_locked=True, no_key=True)
    requested = rows.filter(pk=import_id, state=State.COMMITTING).first()
    if requested:
        requested.attempts, requested.since = requested.attempts + 1, now
        requested.save(update_fields=["attempts", "since"])
    return requested


@transaction.atomic
def commit_import(
    *, roster_import: RosterImport, leavers_confirmed: bool = False, revision: int | None = None, now: datetime
) -> RosterImport:
    """Carries out a plan in one transaction, or raises ImportRefused and changes nothing.

    `revision` says which plan somebody looked at: a newer one of the same file is refused.
    """
    locked = _locked(roster_import)
    _refuse_unless_current(locked, leavers_confirmed, revision)
    try:
        with transaction.atomic(), without_collector():
            _apply(locked, now)
    except IntegrityError as error:
        raise ImportRefused(
            "Two people would have the same number or address. Look for it in the file, and upload it again."
        ) from error
    locked.state, locked.finished_at, locked.stage, locked.detail = State.COMMITTED, now, "", ""
    locked.undo_until = now + UNDO_KEPT
    locked.detected = {name: value for name, value in locked.detected.items() if name in STAYS}
    locked.save(update_fields=["state", "finished_at", "stage", "detail", "undo_until", "detected"])
    _keep_what_an_undo_needs(locked)
    raise_roster_revision(locked.organisation_id)
    facts = {"import": locked.pk, "file_sha256": locked.file_sha256, "whole": locked.whole, **locked.counts}
    append_evidence(organisation=locked.organisation, events=[Event("roster.imported", facts)], now=now)
    organisation_id = locked.organisation_id
    transaction.on_commit(lambda: roster_changed.send(sender=RosterImport, organisation_id=organisation_id))
    return locked


def _locked(roster_import: RosterImport) -> RosterImport:
    """The import as it is now. One roster changes at a time: a second one waits here, and then finds its plan stale."""
    Organisation.objects.select_for_update(no_key=True).get(pk=roster_import.organisation_id)
    return (
        RosterImport.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organisation")
        .get(pk=roster_import.pk)
    )


def _refuse_unless_current(locked: RosterImport, leavers_confirmed: bool, revision: int | None) -> None:
    if locked.state not in {State.PLANNED, State.COMMITTING}:
        raise ImportRefused(f"This plan was {locked.state} already.")
    if revision is not None and revision != locked.revision:
        raise ImportRefused(
            "Somebody had the file read again meanwhile: this is the plan as it is now. Look at it first."
        )
    if locked.organisation.roster_revision != locked.roster_revision:
        raise ImportRefused("The roster has changed since this plan was made. Make the plan anew and look at it again.")
    if locked.many_leavers and not leavers_confirmed:
        raise ImportRefused(
            f"{locked.counts['leavers']:,} people, more than a tenth of the staff, would leave. "
            "Confirm that the file is complete, or upload the complete file."
        )


def _apply(locked: RosterImport, now: datetime) -> None:
    organisation = locked.organisation
    # Leavers first: an address they held may belong to somebody else in the same file.
    for ids in in_batches([line.employee_id for line in lines_of(locked, Kind.LEAVER)]):
        Employee.objects.filter(organisation=organisation, pk__in=ids).update(status=Employee.Status.LEFT, left_at=now)
    changed: list[tuple[int, Person]] = []
    contested: list[int] = []
    moved: list[Line] = []
    for kind in (Kind.CHANGE, Kind.JOINER):
        for line in known_lines(locked, kind):
            if line.after is None:
                continue
            changed.append((line.employee_id, line.after))
            if line.changes.keys() & {"email", "external_id"}:
                contested.append(line.employee_id)
            if line.moved:
                moved.append(line)
    # People may have swapped addresses or numbers: nobody holds one while the new ones are written.
    for ids in in_batches(contested):
        Employee.objects.filter(organisation=organisation, pk__in=ids).update(
            status=Employee.Status.LEFT, external_id=""
        )
    write_people(locked.organisation_id, changed, status=Employee.Status.ACTIVE.value)
    insert_people(locked, new_people(locked), now)
    note_moves(locked, moved, now)


def _keep_what_an_undo_needs(locked: RosterImport) -> None:
    """The file goes, and so do the lines of joiners, whom the roster knows now. Changes and leavers stay for an undo of
    this import, not of the one before; rows for review and rejected ones stay until somebody mends them."""
    RosterUpload.objects.filter(roster_import=locked).delete()
    back = list(known_lines(locked, Kind.JOINER))
    PlanChunk.objects.filter(roster_import=locked, kind=Kind.JOINER.value).delete()
    insert_packed(chunks_of(locked, Kind.JOINER, back))
    earlier = RosterImport.objects.filter(organisation_id=locked.organisation_id).exclude(pk=locked.pk)
    forget_undo(earlier.exclude(undo_until=None))
