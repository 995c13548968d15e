"""Of which organisation this thread's work is, at the moment. Standard library only: database connections ask it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

EVERYBODY: Final = 0  # in place of an organisation's number: all of them
NOBODY: Final = -1


class Here:
    """Where we are, and which rows were found there: model → keys."""

    def __init__(self, organisation: int) -> None:
        self.organisation = organisation
        self.found: defaultdict[type[Any], set[Any]] = defaultdict(set)


_here: ContextVar[Here] = ContextVar("here", default=Here(EVERYBODY))  # noqa: B039  # where nothing is noted


def here() -> Here:
    return _here.get()


def current() -> int:
    """The number of the organisation whose page or job this is, EVERYBODY or NOBODY."""
    return _here.get().organisation


@contextmanager
def within(organisation: int, *at_hand: Any) -> Iterator[None]:
    """What happens within concerns this organisation alone: its number, or EVERYBODY or NOBODY.

    `at_hand`: rows of it that were found before, which may be asked for again by their keys."""
    inside = Here(organisation)
    for row in at_hand:
        inside.found[type(row)].add(row.pk)
    token = _here.set(inside)
    try:
        yield
    finally:
        _here.reset(token)


@contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """For the few reads of a workplace's page that are about no one organisation; `reason` is for whoever reads it."""
    if not reason.strip():
        raise ValueError("say why this may ask for every organisation's rows")
    with within(EVERYBODY):
        yield
