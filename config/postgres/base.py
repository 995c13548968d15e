"""Django's PostgreSQL with a health check that costs no journey, and with the second wall between organisations.

A kept connection whose server has gone can be read from: the end of the stream has arrived. As long as there is nothing
to read, it is taken for healthy, without asking the server at the beginning of every request.

The server is told of which organisation this thread's work is (organisations.walls) whenever that has changed since the
connection was last used: so a kept connection carries nothing over, and work of one kind costs nothing more.
"""

import select
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg.pq import TransactionStatus

from organisations.here import current


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "config.postgres.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    _told: int | None = None  # what the server goes by; None: not known

    def get_new_connection(self, conn_params: Any) -> Any:
        self._told = None
        return super().get_new_connection(conn_params)

    def _cursor(self, name: Any = None) -> Any:
        self.ensure_connection()
        self.tell_the_wall()
        return super()._cursor(name)  # type: ignore[misc]  # the stubs leave these out

    def tell_the_wall(self) -> None:
        """For whoever makes a cursor without Django."""
        here, raw = current(), self.connection
        if self._told == here or raw.info.transaction_status == TransactionStatus.INERROR:
            return
        with self.wrap_database_errors:
            raw.execute("SELECT set_config('offswitch.organisation', %s, false)", [str(here)])
        self._told = here

    def _rollback(self) -> None:
        self._told = None  # what was told within goes with it
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = None

    def is_usable(self) -> bool:
        return not self._has_news() or bool(super().is_usable())

    def _has_news(self) -> bool:
        """Whether something arrived that nobody asked for: the end, or a notice."""
        if self.connection is None or self.connection.closed:
            return True
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return bool(poll.poll(0))
