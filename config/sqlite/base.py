"""Django's SQLite with queues in front of the database's own locks.

SQLite lets one connection write at a time, and nobody read while it commits. The others poll: they sleep for longer and
longer and look again, so that under load some wait for most of a second while others pass. Here they wait at locks of
the kernel (flock on files beside the database), which wakes one after the other, in all processes and threads: whoever
begins a transaction at `-writers`, and at `-commits` whoever commits, for the short reads that ask for it
(`between_commits`). The database's own locks stay what keeps it safe. The queues know no time-out: who hangs within a
transaction holds the others up until its process ends, which frees the lock. Single statements outside a transaction
do not queue; they wait as SQLite does.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from django.db.backends.sqlite3 import base, operations


class _Queue:
    """A lock on a file. Each connection opens its own, for by that flock tells threads apart; no path, no lock."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._inside = False

    def enter(self, how: int) -> None:
        if not self._path:
            return
        if self._file is None:
            self._file = open(self._path, "ab", opener=_for_us_alone)  # noqa: SIM115 - closed with the connection
        fcntl.flock(self._file, how)
        self._inside = True

    def leave(self) -> None:
        if self._inside and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._inside = False

    def close(self) -> None:
        self.leave()
        if self._file is not None:
            self._file.close()
            self._file = None


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "config.sqlite.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    _writers, _commits = _Queue(""), _Queue("")

    def get_new_connection(self, conn_params: Any) -> Any:
        made = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            name = self.settings_dict["NAME"]
            self._writers, self._commits = _Queue(f"{name}-writers"), _Queue(f"{name}-commits")
        return made

    @contextmanager
    def between_commits(self) -> Iterator[None]:
        """For a short read outside a transaction: it waits for its turn instead of finding the database locked. Who
        keeps it long keeps everybody from committing."""
        if self.in_atomic_block:
            yield
            return
        self.ensure_connection()
        self._commits.enter(fcntl.LOCK_SH)
        try:
            yield
        finally:
            self._commits.leave()

    def _start_transaction_under_autocommit(self) -> None:
        self._writers.enter(fcntl.LOCK_EX)
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave these out
        except BaseException:
            self._writers.leave()
            raise

    def _commit(self) -> None:
        self._commits.enter(fcntl.LOCK_EX)
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._commits.leave()
            self._writers.leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._writers.leave()

    def close(self) -> None:
        try:
            super().close()
        finally:
            # Also in the middle of a transaction: with its connection it is gone.
            self._commits.close()
            self._writers.close()
