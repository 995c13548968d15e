"""What a list of people is asked for, as it stands in an address: narrowed by what, in which order, which columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

MAX_VALUES = 20  # of one kind
MAX_VALUE = 1000  # characters
STATUSES = ("active", "left", "all")
# Sorts → the column that comes first; the name follows, then the number of the row.
SORTS: Mapping[str, str] = {
    "name": "searched",
    "region": "country",
    "department": "department",
    "language": "language",
    "number": "external_id",
    "since": "created_at",
}
COLUMNS = ("region", "department", "language", "number", "manager", "started", "since", "status")
SHOWN = ("region", "department", "language", "number")
# What is missing on the roster and may need somebody. Rooms above add theirs to the page, not here.
NEEDS = ("no_language", "no_department", "no_number", "no_state")


@dataclass(frozen=True)
class Wanted:
    """Nothing chosen: everybody who is here, by name. Several kinds narrow each other; within one any value will do.

    `campaign` is a campaign's id as text, `standing` where somebody stands in it: what these mean only the rooms above
    know, and `needs` may hold words of theirs.
    """

    q: str = ""
    country: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    status: str = "active"
    needs: tuple[str, ...] = ()
    campaign: str = ""
    standing: str = ""
    sort: str = "name"
    descending: bool = False
    columns: tuple[str, ...] = SHOWN

    @property
    def narrowed(self) -> bool:
        return any(getattr(self, name) != getattr(Wanted(), name) for name in NARROWING)

    def but(self, **changes: Any) -> "Wanted":
        return replace(self, **changes)

    def without(self, name: str, value: str = "") -> "Wanted":
        """The same, with one thing less; `value` where there are several of the kind."""
        had = getattr(self, name)
        left = tuple(item for item in had if item != value) if isinstance(had, tuple) else getattr(Wanted(), name)
        changes: dict[str, Any] = {name: left} | ({"standing": ""} if name == "campaign" else {})
        return replace(self, **changes)

    @property
    def query(self) -> str:
        """As the address has it, without what is as usual."""
        return urlencode(list(self.pairs()))

    def pairs(self, *, order: bool = True) -> Iterator[tuple[str, str]]:
        """(name, value) of all that is not as usual; `order`: sort and columns, too."""
        for name in NARROWING:
            value, usual = getattr(self, name), getattr(Wanted(), name)
            if value != usual:
                yield from ((name, one) for one in (value if isinstance(value, tuple) else (value,)))
        if order and (self.sort, self.descending) != ("name", False):
            yield "sort", f"{'-' if self.descending else ''}{self.sort}"
        if order and self.columns != SHOWN:
            yield from (("columns", name) for name in (self.columns or ("none",)))


NARROWING = tuple(field.name for field in fields(Wanted))[:8]


def wanted(given: Mapping[str, Sequence[str]]) -> Wanted:
    """From an address or a form; what is unknown there is left out, so that an old address still shows a list."""

    def several(name: str) -> tuple[str, ...]:
        found = (value.replace("\0", "").strip()[:MAX_VALUE] for value in given.get(name, ()))
        return tuple(dict.fromkeys(value for value in found if value))[:MAX_VALUES]

    def one(name: str) -> str:
        return next(iter(several(name)), "")

    sort, known = one("sort"), one("sort").removeprefix("-") in SORTS
    columns = tuple(name for name in COLUMNS if name in several("columns"))
    campaign = one("campaign") if one("campaign").isdecimal() and len(one("campaign")) < 10 else ""
    return Wanted(
        q=one("q"),
        country=tuple(code.upper() for code in several("country") if len(code) == 2 and code.isascii()),
        department=several("department"),
        language=several("language"),
        status=one("status") if one("status") in STATUSES else "active",
        needs=several("needs"),
        campaign=campaign,
        standing=one("standing") if campaign else "",
        sort=sort.removeprefix("-") if known else "name",
        descending=known and sort.startswith("-"),
        columns=columns if "columns" in given else SHOWN,
    )
