"""Every write to the roster. Both the upload page and the command line come through here."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import datetime

from django.db import IntegrityError, transaction

from employees.gateways import RosterFile, UnreadableRoster, check_email
from employees.models import Employee, RosterImport
from employees.places import region_index
from employees.queries import known_people, last_committed_import
from employees.rules.columns import Column, map_columns, missing_columns
from employees.rules.people import Gone, Person, Refused, Row, read_row
from employees.rules.plan import Kind, Line, Plan, plan
from employees.rules.regions import holds_us_states, resolve_state
from employees.signals import roster_changed
from organisations.models import Organisation, User
from organisations.services import Event, append_evidence


class ImportRefused(Exception):
    """The plan cannot be committed; the message says why and what to do."""


def make_plan(*, organisation: Organisation, file: RosterFile) -> Plan:
    """Compares a file with the roster; writes nothing. Raises UnreadableRoster when needed columns are missing."""
    mapping = map_columns(file.headers)
    if missing := missing_columns(mapping):
        raise UnreadableRoster(
            f"{file.name} has no column for: {', '.join(missing)}. Its columns are: {', '.join(file.headers)[:300]}."
        )
    index = region_index()
    header = mapping[Column.COUNTRY]
    states = holds_us_states((row.cells.get(header, "") for row in file.rows), index)

    def read() -> Iterator[tuple[int, Person | Refused | Gone]]:
        for row in file.rows:
            cells = _states_of_the_us(row, header) if states else row
            yield row.number, read_row(cells, mapping, index, check_email)

    return plan(read(), known_people(organisation))


def _states_of_the_us(row: Row, header: str) -> Row:
    """The row with its state spelled as a region: the whole column holds US states."""
    state = resolve_state(row.cells.get(header, ""), "US", region_index())
    return replace(row, cells={**row.cells, header: state}) if state else row


@transaction.atomic
def plan_import(*, organisation: Organisation, file: RosterFile, user: User | None, now: datetime) -> RosterImport:
    """Keeps the plan of a file for somebody to look at; the roster is untouched. Raises UnreadableRoster."""
    made = make_plan(organisation=organisation, file=file)
    return RosterImport.objects.create(
        organisation=organisation,
        filename=file.name[:255],
        file_sha256=file.sha256,
        mapping=map_columns(file.headers),
        counts=made.counts(),
        lines=[asdict(line) for line in made.lines],
        many_leavers=made.many_leavers,
        based_on=last_committed_import(organisation),
        created_by=user,
        created_at=now,
    )


@transaction.atomic
def commit_import(*, roster_import: RosterImport, leavers_confirmed: bool = False, now: datetime) -> RosterImport:
    """Carries out a plan in one transaction, or raises ImportRefused and changes nothing."""
    locked = RosterImport.objects.select_for_update(no_key=True).select_related("organisation").get(pk=roster_import.pk)
    _refuse_unless_current(locked, leavers_confirmed)
    lines = [_line(raw) for raw in locked.lines]
    try:
        with transaction.atomic():
            _apply(locked.organisation, lines, now)
    except IntegrityError as error:
        raise ImportRefused(
            "Two people would have the same number or address. Look for it in the file, and upload it again."
        ) from error
    locked.state, locked.finished_at = RosterImport.State.COMMITTED, now
    # The plan's personal lines have done their work; what stays are the rows a person still has to mend.
    locked.lines = [asdict(line) for line in lines if line.kind in {Kind.REVIEW, Kind.REJECTED}]
    locked.save(update_fields=["state", "finished_at", "lines"])
    facts = {"import": locked.pk, "file_sha256": locked.file_sha256, **locked.counts}
    append_evidence(organisation=locked.organisation, events=[Event("roster.imported", facts)], now=now)
    organisation_id = locked.organisation_id
    transaction.on_commit(lambda: roster_changed.send(sender=RosterImport, organisation_id=organisation_id))
    return locked


@transaction.atomic
def discard_import(*, roster_import: RosterImport, now: datetime) -> None:
    """Forgets a plan and the personal data in it."""
    RosterImport.objects.filter(pk=roster_import.pk, state=RosterImport.State.PLANNED).update(
        state=RosterImport.State.DISCARDED, lines=[], finished_at=now
    )


def _refuse_unless_current(locked: RosterImport, leavers_confirmed: bool) -> None:
    if locked.state != RosterImport.State.PLANNED:
        raise ImportRefused(f"This plan was {locked.state} already.")
    last = last_committed_import(locked.organisation)
    if (last.pk if last else None) != locked.based_on_id:
        raise ImportRefused("The roster has changed since this plan was made. Upload the file again for a new plan.")
    if locked.many_leavers and not leavers_confirmed:
        raise ImportRefused(
            f"{locked.counts['leavers']} people, more than a tenth of the staff, would leave. "
            "Confirm that the file is complete, or upload the complete file."
        )


def _line(raw: dict[str, object]) -> Line:
    person = raw["person"]
    fields = raw | {
        "kind": Kind(str(raw["kind"])),
        "person": Person(**person) if isinstance(person, dict) else None,
    }
    return Line(**fields)  # type: ignore[arg-type]  # written by asdict(Line) and read back from our own column


def _fields(person: Person) -> dict[str, str]:
    return asdict(person)


def _apply(organisation: Organisation, lines: Iterable[Line], now: datetime) -> None:
    new: list[Employee] = []
    kept: list[Employee] = []
    leavers: list[int] = []
    for line in lines:
        if line.kind is Kind.LEAVER and line.employee_id:
            leavers.append(line.employee_id)
        elif line.person and line.employee_id:
            kept.append(Employee(pk=line.employee_id, organisation=organisation, **_fields(line.person)))
        elif line.person:
            new.append(Employee(organisation=organisation, created_at=now, **_fields(line.person)))
    # Leavers first: an address they held may belong to somebody else in the same file.
    for start in range(0, len(leavers), 500):
        Employee.objects.filter(organisation=organisation, pk__in=leavers[start : start + 500]).update(
            status=Employee.Status.LEFT, left_at=now
        )
    # People may have swapped addresses or numbers: nobody holds one while the new ones are written.
    ids = [employee.pk for employee in kept]
    for start in range(0, len(ids), 500):
        some = Employee.objects.filter(organisation=organisation, pk__in=ids[start : start + 500])
        some.update(status=Employee.Status.LEFT, external_id="")
    names = [*_fields(Person("", "", "")), "status", "left_at"]
    Employee.objects.bulk_update(kept, names, batch_size=200)
    Employee.objects.bulk_create(new, batch_size=500)
