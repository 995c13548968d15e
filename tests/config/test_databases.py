"""What the house adds to Django's databases: queues on SQLite, a health check that asks nobody on PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from django.db import connection, connections, transaction

from config.env import database
from organisations.models import Organisation
from organisations.prepared import lean_cursor

pytestmark = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's queues")
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's connections")


@pytest.fixture
def held() -> Iterator[BinaryIO]:
    """Somebody else's commit, in the middle."""
    with Path(f"{connection.settings_dict['NAME']}-commits").open("ab") as file:
        flock(file, LOCK_EX)
        yield file


def between_commits() -> AbstractContextManager[None]:
    backend: Any = connections["default"]
    held: AbstractContextManager[None] = backend.between_commits()
    return held


def waits(held: BinaryIO, read_or_write: object) -> bool:
    done = threading.Event()

    def run() -> None:
        assert callable(read_or_write)
        read_or_write()
        connection.close()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    waited = not done.wait(0.3)
    flock(held, LOCK_UN)
    thread.join(20)
    return waited and done.is_set()


@on_sqlite
def test_a_short_read_waits_for_a_commit(held: BinaryIO) -> None:
    def read() -> None:
        with between_commits():
            Organisation.objects.count()

    assert waits(held, read)


@on_sqlite
def test_a_commit_waits_for_a_short_read(held: BinaryIO) -> None:
    def write() -> None:
        with transaction.atomic():
            Organisation.objects.update(name="Acme")

    assert waits(held, write)


@on_sqlite
def test_within_a_transaction_nobody_waits_for_oneself() -> None:
    with transaction.atomic(), between_commits():
        assert Organisation.objects.count() == 0


@on_postgresql
def test_a_connection_that_the_server_ended_is_noticed_without_asking() -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    pid = connection.connection.info.backend_pid
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()
    assert not connection.is_usable()
    connection.close()


@on_postgresql
def test_a_statement_of_a_lean_cursor_is_planned_once() -> None:
    for number in range(3):
        with lean_cursor() as cursor:
            cursor.execute("SELECT %s::int + 1 AS lean", [number])
            assert cursor.fetchone() == (number + 1,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%AS lean%%'")
        assert cursor.fetchone() == (1,)


def test_a_pooler_gets_no_prepared_statements(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://offswitch@localhost/offswitch?sslmode=disable")
    assert database(tmp_path)["OPTIONS"] == {"sslmode": "disable", "prepare_threshold": 5}
    monkeypatch.setenv("DATABASE_PREPARE", "off")
    assert database(tmp_path)["OPTIONS"]["prepare_threshold"] is None


def test_another_database_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://offswitch@localhost/offswitch")
    with pytest.raises(ValueError, match="neither PostgreSQL"):
        database(tmp_path)
