"""Django's SQLite with one queue for writers.

SQLite lets one connection write at a time, and the others poll: they sleep for longer and longer and look again, so
that under load some wait for most of a second while others pass. Here whoever begins a transaction first waits at a
lock of the kernel (flock on a file beside the database), which wakes one after the other, in all processes and threads.
The database's own locks stay what keeps it safe; this is only the queue in front of them. It knows no time-out: who
hangs within a transaction holds the others up until its process ends, which frees the lock. Single statements outside
a transaction do not queue; they wait as SQLite does.
"""

import fcntl
import os
from typing import BinaryIO

from django.db.backends.sqlite3 import base


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


class DatabaseWrapper(base.DatabaseWrapper):
    _queue: BinaryIO | None = None  # an open file of this connection's own: flock tells threads apart by it
    _first = False

    def _start_transaction_under_autocommit(self) -> None:
        self._stand_in_line()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave these out
        except BaseException:
            self._step_aside()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._step_aside()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._step_aside()

    def close(self) -> None:
        try:
            super().close()
        finally:
            # Also in the middle of a transaction: with its connection it is gone.
            self._step_aside()
            if self._queue is not None:
                self._queue.close()
                self._queue = None

    def _stand_in_line(self) -> None:
        if self.is_in_memory_db():
            return
        if self._queue is None:
            path = f"{self.settings_dict['NAME']}-writers"
            self._queue = open(path, "ab", opener=_for_us_alone)  # noqa: SIM115 - closed with the connection
        fcntl.flock(self._queue, fcntl.LOCK_EX)
        self._first = True

    def _step_aside(self) -> None:
        if self._first and self._queue is not None:
            fcntl.flock(self._queue, fcntl.LOCK_UN)
        self._first = False
