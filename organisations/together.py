"""Small transactions of several threads in one commit, for SQLite.

There one connection writes at a time, and most of that time goes by in the commit, which waits for the disk. Threads
that come to write meanwhile leave their work to whichever of them writes next, and that one does all of it in one
transaction. Each gets its own result, once it is on the disk; what fails is undone alone, to its savepoint.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from django.db import connection, transaction

T = TypeVar("T")
_Job = tuple[Callable[[], Any], "Future[Any]"]


class Together:
    """The threads of one process whose work may share a commit."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._left: deque[_Job] = deque()

    def run(self, work: Callable[[], T]) -> T:
        """`work` as a durable transaction, in this thread or another; raises what it raises, and then keeps nothing
        of it. It must bring all that it needs: the connection is that of the thread which it happens to run in."""
        mine: Future[T] = Future()
        self._left.append((partial(copy_context().run, work), mine))  # within its own thread's walls
        with self._turn:
            if not mine.done():
                self._do_all()
        return mine.result()

    def _do_all(self) -> None:
        jobs: list[_Job] = []
        try:
            with transaction.atomic():
                jobs = self._taken()  # now, since more has come while this one waited for its turn to write
                outcomes = [_tried(work, alone=len(jobs) == 1) for work, _ in jobs]
        except BaseException as error:  # noqa: BLE001  # broad: it reaches everybody whose work was in this transaction
            for _, owner in jobs or self._taken():
                owner.set_exception(error)
            return
        for (_, owner), (result, failure) in zip(jobs, outcomes, strict=True):
            if failure is None:
                owner.set_result(result)
            else:
                owner.set_exception(failure)

    def _taken(self) -> list[_Job]:
        return [self._left.popleft() for _ in range(len(self._left))]


def _tried(work: Callable[[], T], *, alone: bool) -> tuple[T | None, Exception | None]:
    if alone:  # what it raises undoes the transaction
        return work(), None
    try:
        with transaction.atomic():
            return work(), None
    except Exception as failure:  # noqa: BLE001  # broad: it belongs to the thread that waits for this work
        return None, failure


_together = Together()


def durably(work: Callable[[], T]) -> T:
    """`work` in a transaction, which on SQLite it may share with that of other threads (`Together.run`)."""
    if connection.vendor == "sqlite":
        return _together.run(work)
    with transaction.atomic():
        return work()
