"""What both databases' compilers do before they make SQL: ask the wall between organisations (organisations.walls)."""

from typing import Any

from organisations.walls import check, check_new


class Walled:
    """In front of a compiler of Django's."""

    query: Any

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        check(self.query)
        return super().as_sql(*args, **kwargs)  # type: ignore[misc]  # of the compiler behind it


class WalledTotals(Walled):
    """An aggregate of a query has its conditions inside."""

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        check(self.query.inner_query, whole=False)
        return super(Walled, self).as_sql(*args, **kwargs)  # type: ignore[misc]


class WalledInsert:
    query: Any

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        check_new(self.query.objs)
        return super().as_sql(*args, **kwargs)  # type: ignore[misc]
