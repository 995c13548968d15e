"""Taking back the last import, while nothing depends on it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models.fields.reverse_related import ForeignObjectRel

from employees.lines import known_lines, lines_of
from employees.models import Employee, PlanChunk, RegionMove, RosterImport
from employees.queries import last_committed_import
from employees.rules.plan import Kind, Line
from employees.services.ending import UNDO_KEPT, ImportRefused
from employees.services.writing import raise_roster_revision, write_people
from employees.signals import roster_changed
from organisations.models import Organisation
from organisations.queries import in_batches
from organisations.services import Event, append_evidence

State = RosterImport.State


@transaction.atomic
def undo_import(*, roster_import: RosterImport, now: datetime) -> RosterImport:
    """Puts the roster back as it was before its last import. Raises ImportRefused and changes nothing.

    Somebody who came back has left again, as of now.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=roster_import.organisation_id)
    locked = RosterImport.objects.select_related("organisation").get(pk=roster_import.pk)
    if reason := why_not_undo(locked, now):
        raise ImportRefused(reason)
    try:
        with transaction.atomic():
            _put_back(locked, now)
    except IntegrityError as error:
        raise ImportRefused("Somebody on the roster holds an address or number that this undo would need.") from error
    PlanChunk.objects.filter(roster_import=locked).delete()
    RegionMove.objects.filter(roster_import=locked).delete()
    locked.state, locked.undo_until = State.UNDONE, None
    locked.save(update_fields=["state", "undo_until"])
    raise_roster_revision(locked.organisation_id)
    facts = {"import": locked.pk, "file_sha256": locked.file_sha256}
    append_evidence(organisation=locked.organisation, events=[Event("roster.import_undone", facts)], now=now)
    organisation_id = locked.organisation_id
    transaction.on_commit(lambda: roster_changed.send(sender=RosterImport, organisation_id=organisation_id))
    return locked


def why_not_undo(roster_import: RosterImport, now: datetime) -> str:
    """The reason in words; "" when the import can be taken back."""
    last = last_committed_import(roster_import.organisation)
    if roster_import.state != State.COMMITTED or last is None or last.pk != roster_import.pk:
        return "Only the last import can be undone."
    if roster_import.undo_until is None or roster_import.undo_until < now:
        return f"An import can be undone for {UNDO_KEPT.days} days and until the next one; what it changed is not kept."
    if people := _depended_on(roster_import):
        verb = "person who joined has" if people == 1 else "people who joined have"
        return (
            f"{people:,} {verb} been invited to a campaign since, or a note is kept about them. "
            "Import a corrected file instead."
        )
    left = Employee.objects.filter(organisation_id=roster_import.organisation_id, left_at__gt=roster_import.finished_at)
    if people := left.filter(status=Employee.Status.LEFT).count():
        verb = "person has" if people == 1 else "people have"
        return f"{people:,} {verb} been marked as left since. Import a corrected file instead."
    return ""


def _joined(roster_import: RosterImport) -> list[int]:
    mine = Employee.objects.filter(joined_in=roster_import)
    return list(mine.order_by("id").values_list("id", flat=True))


def _depended_on(roster_import: RosterImport) -> int:
    """How many of the people who joined in it other rows point to, whatever those are."""
    joined, found = _joined(roster_import), set[int]()
    for relation in Employee._meta.get_fields(include_hidden=True):  # none of them has a name to come back by
        if not isinstance(relation, ForeignObjectRel):
            continue
        field = relation.field.name
        for ids in in_batches(joined):
            rows = relation.related_model._base_manager.filter(**{f"{field}__in": ids})
            found |= set(rows.values_list(f"{field}_id", flat=True))
    return len(found)


def _put_back(locked: RosterImport, now: datetime) -> None:
    mine = Employee.objects.filter(organisation_id=locked.organisation_id)
    for ids in in_batches(_joined(locked)):
        mine.filter(pk__in=ids)._raw_delete(using=mine.db)
    changed = list(lines_of(locked, Kind.CHANGE))
    back = list(known_lines(locked, Kind.JOINER))
    ids_of = [line.employee_id for line in (*changed, *back)]
    for ids in in_batches(ids_of):
        mine.filter(pk__in=ids).update(status=Employee.Status.LEFT, external_id="")
    _write(locked, back, Employee.Status.LEFT)
    for ids in in_batches([line.employee_id for line in back]):
        mine.filter(pk__in=ids).update(left_at=now)
    _write(locked, changed, Employee.Status.ACTIVE)
    for ids in in_batches([line.employee_id for line in lines_of(locked, Kind.LEAVER)]):
        mine.filter(pk__in=ids).update(status=Employee.Status.ACTIVE, left_at=None)


def _write(locked: RosterImport, lines: Sequence[Line], status: Employee.Status) -> None:
    people = [(line.employee_id, line.before) for line in lines if line.before]
    write_people(locked.organisation_id, people, status=status.value)
