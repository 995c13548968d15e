"""The roster's bulk writes: one statement, many rows, on either database. Callers hold the transaction."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from typing import Any

from django.db import connection
from django.db.models import F

from employees.models import Employee, PlanChunk, RegionMove, RosterImport, RosterUpload
from employees.rules.people import Person
from employees.rules.plan import Line
from employees.rules.searching import searched
from organisations.models import Organisation

COPY_ROWS = 4_000
_PERSON = ("name", "email", "country", "subdivision", "external_id", "department", "manager_email", "language")
_SET = (*_PERSON, "started_on", "attributes", "searched")
_COLUMNS = (*_SET, "organisation_id", "status", "created_at", "left_at", "joined_in_id")


@contextmanager
def without_collector() -> Iterator[None]:
    """Hundreds of thousands of tuples live and none is a cycle: looking for some costs a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def raise_roster_revision(organisation_id: int) -> None:
    """Makes every plan there is stale. Whatever changes the roster calls this, holding the organisation's row."""
    Organisation.objects.filter(pk=organisation_id).update(roster_revision=F("roster_revision") + 1)


def _values(person: Sequence[str]) -> tuple[Any, ...]:
    """The fields of Person as the columns hold them, and what finds them; `attributes` is JSON text on both
    databases."""
    return (*person[:8], person[8] or None, person[9] or "{}", searched(person[0], person[1], person[4]))


_ARRIVING = "arriving"


@contextmanager
def _copied_into(cursor: Any, table: str, columns: str) -> Iterator[None]:
    """What is copied into `arriving` goes into the table: PostgreSQL copies into none with row-level security."""
    cursor.execute(f"CREATE TEMPORARY TABLE {_ARRIVING} AS SELECT {columns} FROM {table} WITH NO DATA")  # noqa: S608
    yield
    cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_ARRIVING}")  # noqa: S608 - names of our own
    cursor.execute(f"DROP TABLE {_ARRIVING}")


def insert_people(roster_import: RosterImport, people: Iterable[Sequence[str]], now: datetime) -> None:
    """New rows, active from now on, in a transaction: by COPY on PostgreSQL, one prepared statement on SQLite."""
    at = now if connection.vendor == "postgresql" else connection.ops.adapt_datetimefield_value(now)
    rest = (roster_import.organisation_id, Employee.Status.ACTIVE.value, at, None, roster_import.pk)
    rows: Iterator[tuple[Any, ...]] = ((*_values(person), *rest) for person in people)
    table, columns = connection.ops.quote_name(Employee._meta.db_table), ", ".join(_COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with _copied_into(cursor, table, columns):
                # Where `people` come from the same connection, none may be fetched while it copies.
                while some := list(islice(rows, COPY_ROWS)):
                    with cursor.copy(f"COPY {_ARRIVING} ({columns}) FROM STDIN") as copy:
                        for row in some:
                            copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(_COLUMNS))
            sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of our own
            cursor.executemany(sql, rows)  # type: ignore[arg-type]  # any iterable will do


def write_people(organisation_id: int, people: Sequence[tuple[int, Person]], *, status: str) -> None:
    """Sets every field of these people, and their status."""
    json = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    started = "%s::date" if connection.vendor == "postgresql" else "%s"
    marks = {"attributes": json, "started_on": started}
    sets = ", ".join(f"{name} = {marks.get(name, '%s')}" for name in _SET)
    table = connection.ops.quote_name(Employee._meta.db_table)
    sql = f"UPDATE {table} SET {sets}, status = %s, left_at = NULL WHERE id = %s AND organisation_id = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, [(*_values(person), status, pk, organisation_id) for pk, person in people])


def note_moves(roster_import: RosterImport, moved: Iterable[Line], now: datetime) -> None:
    """Where these people were on the roster before this import."""
    rows = [
        RegionMove(
            organisation_id=roster_import.organisation_id,
            employee_id=line.employee_id,
            roster_import=roster_import,
            country_before=line.before.country,
            subdivision_before=line.before.subdivision,
            country=line.after.country,
            subdivision=line.after.subdivision,
            created_at=now,
        )
        for line in moved
        if line.before and line.after
    ]
    RegionMove.objects.bulk_create(rows, batch_size=1_000)


_PG_TYPES = {"roster_import_id": "int8", "position": "int4", "content": "bytea", "kind": "varchar", "known": "int4"}


def insert_packed(rows: Iterable[PlanChunk | RosterUpload]) -> None:
    """New rows that carry bytes, one in memory at a time. On PostgreSQL by binary COPY: as the text of a statement
    every byte would be two, made and parsed."""
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return
    if connection.vendor != "postgresql":
        for row in chain((first,), waiting):
            row.save(force_insert=True)
        return
    names = [field.attname for field in first._meta.concrete_fields if not field.primary_key]
    table = connection.ops.quote_name(first._meta.db_table)
    columns = ", ".join(names)
    sql = f"COPY {_ARRIVING} ({columns}) FROM STDIN BINARY"
    with connection.cursor() as cursor, _copied_into(cursor, table, columns), cursor.copy(sql) as copy:
        copy.set_types([_PG_TYPES[name] for name in names])
        for row in chain((first,), waiting):
            copy.write_row([getattr(row, name) for name in names])
