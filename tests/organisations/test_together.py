"""Work of several threads in one commit: each has its own result, and none is thanked before it is on the disk."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from organisations.models import Organisation
from organisations.together import Together, durably

pytestmark = pytest.mark.django_db(transaction=True)


class Refused(Exception):
    pass


def make(name: str, now: datetime, *, refused: bool = False) -> Callable[[], str]:
    def work() -> str:
        Organisation.objects.create(slug=name, name=name, contact_email="p@acme.example", created_at=now)
        if refused:
            raise Refused(name)
        return name

    return work


def run_all(works: dict[str, Callable[[], str]]) -> dict[str, object]:
    """Hands all over while somebody else has the turn, so that they meet; what each thread got back."""
    together, got = Together(), dict[str, object]()

    def one(name: str, work: Callable[[], str]) -> None:
        try:
            got[name] = together.run(work)
        except (Refused, DatabaseError) as error:
            got[name] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=each) for each in works.items()]
    with together._turn:
        for thread in threads:
            thread.start()
        while len(together._left) < len(works):
            pass
    for thread in threads:
        thread.join(30)
    return got


def slugs() -> set[str]:
    return set(Organisation.objects.values_list("slug", flat=True))


def test_each_gets_its_own_result_and_what_fails_is_undone_alone(now: datetime) -> None:
    works = {name: make(name, now, refused=name == "b") for name in ("a", "b", "c")}
    got = run_all(works)
    assert (got["a"], got["c"]) == ("a", "c")
    assert isinstance(got["b"], Refused)
    assert got["b"].args == ("b",)
    assert slugs() == {"a", "c"}


def test_they_share_one_commit(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    commits: list[int] = []
    backend: Any = type(connections["default"])
    whole = backend._commit

    def counted(self: object) -> None:
        commits.append(1)
        whole(self)

    monkeypatch.setattr(backend, "_commit", counted)
    run_all({name: make(name, now) for name in "abcdefgh"})
    assert slugs() == set("abcdefgh")
    assert len(commits) == 1


def test_nobody_is_thanked_when_the_commit_fails(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(type(connections["default"]), "_commit", full)
    got = run_all({name: make(name, now) for name in "ab"})
    monkeypatch.undo()
    assert [str(got[name]) for name in "ab"] == ["database or disk is full"] * 2
    assert slugs() == set()


def test_nobody_waits_for_ever_when_no_transaction_begins(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(transaction.Atomic, "__enter__", locked)
    got = run_all({name: make(name, now) for name in "ab"})
    monkeypatch.undo()
    assert [str(got[name]) for name in "ab"] == ["database is locked"] * 2
    assert slugs() == set()


def test_alone_it_is_a_transaction_like_any_other(now: datetime) -> None:
    assert durably(make("a", now)) == "a"
    with pytest.raises(Refused):
        durably(make("b", now, refused=True))
    assert slugs() == {"a"}
