"""Django's SQLite with one queue for writers.

SQLite lets one connection write at a time, and the others poll: they sleep for longer and longer and look again, so
that under load some wait for most of a second while others pass. Here whoever begins a transaction first waits at a
lock of the kernel (flock on a file beside the database), which wakes one after the other, in all processes and threads.
The database's own locks stay what keeps it safe; this is only the queue in front of them.
"""

import fcntl
import os

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    _queue: int | None = None  # an open file of this connection's own: flock tells threads apart by it
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
            if not self.in_atomic_block:
                self._step_aside()
                if self._queue is not None:
                    os.close(self._queue)
                    self._queue = None

    def _stand_in_line(self) -> None:
        if self.is_in_memory_db():
            return
        if self._queue is None:
            path = f"{self.settings_dict['NAME']}-writers"
            self._queue = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._queue, fcntl.LOCK_EX)
        self._first = True

    def _step_aside(self) -> None:
        if self._first and self._queue is not None:
            fcntl.flock(self._queue, fcntl.LOCK_UN)
        self._first = False
