"""For the few pages on which building the same SQL anew costs several times what the database takes to answer it:
a query of the ORM that is compiled once and run many times, and a cursor whose statements PostgreSQL plans once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

Make = Callable[..., "QuerySet[Any, Any]"]


class _PreparingCursor(psycopg.Cursor[Any]):
    """Binds on the server and has each statement planned once a connection, where the connection may keep plans.

    Django's own binds on the client: to the server every statement is a new one."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, **{**options, "prepare": True})


def lean_cursor() -> CursorWrapper:
    """A cursor for the same few statements over and over. SQLite's module keeps their plans by itself."""
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    ours: Any = connection
    ours.tell_the_wall()
    cursor: Any = _PreparingCursor(connection.connection)
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)


def _in_turn() -> AbstractContextManager[None]:
    """On SQLite a short read waits for whoever commits; elsewhere neither knows of the other."""
    made: AbstractContextManager[None] = getattr(connection, "between_commits", nullcontext)()
    return made


@contextmanager
def one_journey() -> Iterator[None]:
    """What lean cursors do within travels to PostgreSQL together: how many rows it was, or that it failed, is known
    when it is over. A commit within travels with the statements before it."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    with connection.wrap_database_errors, raw.pipeline():
        yield


class Prepared:
    """`make(**values)` gives a `values_list` queryset; `rows(**values)` runs its SQL with these values.

    `marks` are values of the same kinds that stand nowhere else in the query: by them each parameter is found again.
    The rows are tuples with the ORM's own conversions."""

    def __init__(self, make: Make, **marks: Any) -> None:
        self._make, self._marks = make, marks
        self._sql = ""
        self._params: list[Any] = []
        self._converters: dict[int, Any] = {}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        if not self._sql:
            self._compile()
        slots = {name: _adapted(value) for name, value in values.items()}
        params = [slots[mark.name] if isinstance(mark, _Slot) else mark for mark in self._params]
        with _in_turn(), lean_cursor() as cursor:
            cursor.execute(self._sql, params)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        for at, (converters, expression) in self._converters.items():
            found = [(*row[:at], _converted(row[at], converters, expression), *row[at + 1 :]) for row in found]
        return found

    def _compile(self) -> None:
        compiler = self._make(**self._marks).query.get_compiler(connection.alias)
        sql, params = compiler.as_sql()
        adapted = {_adapted(value): name for name, value in self._marks.items()}
        self._params = [_Slot(adapted[value]) if value in adapted else value for value in params]
        if {mark.name for mark in self._params if isinstance(mark, _Slot)} != self._marks.keys():
            raise ValueError("a value of this query was not found among its parameters")
        self._converters = compiler.get_converters([column[0] for column in compiler.select])
        self._sql = sql


class _Slot:
    """The place of a value among the parameters."""

    def __init__(self, name: str) -> None:
        self.name = name


def _adapted(value: Any) -> Any:
    """As the database takes it."""
    if connection.vendor != "sqlite":
        return value
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value.hex if isinstance(value, UUID) else value


def _converted(value: Any, converters: Any, expression: Any) -> Any:
    for convert in converters:
        value = convert(value, expression, connection)
    return value
