"""Rows of a roster: people, people who left, or refusals with their reason. Column by column, since files are long."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from employees.rules.columns import Column, names_countries
from employees.rules.dates import UNREAD, DateOrder, date_order, iso_date
from employees.rules.headers import GONE, LANGUAGE_NAMES
from employees.rules.regions import (
    Region,
    RegionIndex,
    Unclear,
    fold,
    holds_us_states,
    resolve_location,
    resolve_region,
    resolve_state,
)
from organisations.rules.cells import unescaped

MAX_CELL = 1000
MAX_NUMBER = 100
EmailCheck = Callable[[str], tuple[str, str]]  # (cell) -> (address, "") or ("", reason)
_ADDRESS = re.compile(r"[\w.%+'-]{1,64}@[\w.-]{1,253}", re.ASCII)
_SWALLOWED = "A quotation mark seems to be missing here: one cell holds whole rows that come after it."
_LANGUAGE_TAG = re.compile(r"([a-z]{2,3})(?:[-_](hant|hans|[a-z]{2}))?(?:[-_.].*)?")


class Person(NamedTuple):
    """One staff member as a roster row says it. `email` is lower case; no `external_id` means the file has none.

    `started_on` is YYYY-MM-DD or "", `attributes` a JSON object of what else is kept, or "".
    """

    name: str
    email: str
    country: str
    subdivision: str = ""
    external_id: str = ""
    department: str = ""
    manager_email: str = ""
    language: str = ""
    started_on: str = ""
    attributes: str = ""


def number_key(number: str) -> str:
    """A personnel number without regard to case; the same object where it has none, since there are many."""
    folded = number.casefold()
    return number if folded == number else folded


class Refused(NamedTuple):
    """A row that is not imported, with the reason in words. `place` is the unclear region of a row for review,
    `others` are addresses of people whose rows this one seems to have swallowed."""

    number: int
    reason: str
    review: bool
    identity: tuple[str, str]  # external id and e-mail, as far as they could be read
    name: str = ""
    place: str = ""
    others: tuple[str, ...] = ()


class Gone(NamedTuple):
    """A row that says its person has left."""

    number: int
    identity: tuple[str, str]


Read = Person | Refused | Gone


@dataclass(frozen=True)
class Reading:
    """How a file's rows are to be understood. `aliases` are the organisation's own words for regions, by `fold`."""

    headers: Sequence[str]
    mapping: Mapping[Column, int]
    index: RegionIndex
    check_email: EmailCheck
    kept: Sequence[int] = ()
    aliases: Mapping[str, Region] = field(default_factory=dict)
    fixes: Mapping[int, Region] = field(default_factory=dict)  # row number -> region said by somebody
    date_order: DateOrder = DateOrder.UNKNOWN
    us_states: bool = False  # said or found before: what could be a country is a US state

    @property
    def not_given(self) -> tuple[str, ...]:
        """Fields of a person of which the file says nothing, so that what the roster has stays."""
        of_columns = {
            "external_id": Column.EXTERNAL_ID, "department": Column.DEPARTMENT, "manager_email": Column.MANAGER_EMAIL,
            "language": Column.LANGUAGE, "started_on": Column.STARTED_ON, "subdivision": Column.STATE,
        }  # fmt: skip
        missing = tuple(name for name, column in of_columns.items() if column not in self.mapping)
        return missing if self.kept else (*missing, "attributes")


class Cells(dict[str, str]):
    """A memo from a cell to what it means: most columns repeat a few values."""

    def __init__(self, meaning: Callable[[str], str]) -> None:
        super().__init__()
        self.meaning = meaning

    def __missing__(self, cell: str) -> str:
        found = self[cell] = self.meaning(cell)
        return found


def language_code(text: str) -> str:
    """A lower-case language tag such as `de` or `zh-hant`; "" when the value says nothing known."""
    folded = fold(text)
    if folded in LANGUAGE_NAMES:
        return LANGUAGE_NAMES[folded]
    match = _LANGUAGE_TAG.fullmatch(folded.replace(" ", "-"))
    if match is None:
        return ""
    if match[1] == "zh":
        return "zh-hant" if match[2] in {"hant", "tw", "hk", "mo"} else "zh-hans"
    return match[1]


class RosterRows:
    """Takes a file's columns piece by piece and says at the end what every row is: some questions, such as whether day
    or month comes first, only a whole column answers."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.numbers: list[int] = []
        self.cells: dict[Column, list[str]] = {column: [] for column in reading.mapping}
        self.attributes: list[str] = []
        self.faults: dict[int, str] = {}  # row number -> why it cannot be read
        self.swallowed: dict[int, tuple[str, ...]] = {}
        self.decided: dict[str, Any] = {}  # what `read` found out from whole columns
        self._shared = {column: Cells(_clean) for column in reading.mapping if column not in _PERSONAL}

    def add(
        self,
        numbers: Sequence[int],
        columns: Sequence[Sequence[str]],
        ragged: Sequence[int] = (),
        torn: Mapping[int, Sequence[str]] | None = None,
    ) -> None:
        """The next rows: their numbers in the file, and the file's columns in its own order; which of them are longer
        than the header, and which hold cells that seem to have swallowed other rows."""
        self.numbers += numbers
        for column, index in self.reading.mapping.items():
            if column in _PERSONAL:
                self.cells[column] += [_clean(cell) for cell in columns[index]]
            else:
                self.cells[column] += map(self._shared[column].__getitem__, columns[index])
        if self.reading.kept:
            self.attributes += _attributes(self.reading, columns)
        self._note_long(numbers, columns)
        width = len(self.reading.headers)
        self.faults |= dict.fromkeys(
            ragged,
            f"The row has more cells than the header, which has {width}: is a separator inside a cell not quoted?",
        )

        for number, cells in (torn or {}).items():
            self.faults[number] = _SWALLOWED
            self.swallowed[number] = tuple(address.lower() for cell in cells for address in _ADDRESS.findall(cell))

    def _note_long(self, numbers: Sequence[int], columns: Sequence[Sequence[str]]) -> None:
        for header, column in zip(self.reading.headers, columns, strict=False):
            if max(map(len, column), default=0) > MAX_CELL:
                reason = f"“{header}” is longer than {MAX_CELL:,} characters."
                self.faults |= {n: reason for n, cell in zip(numbers, column, strict=True) if len(cell) > MAX_CELL}

    @property
    def external_ids(self) -> set[str]:
        """Every number that stands in the file, casefolded."""
        return {number_key(number) for number in self.cells.get(Column.EXTERNAL_ID, ()) if number}

    def read(self) -> Iterator[tuple[int, Read]]:
        """(row number, what it is) for every row, in the file's order."""
        count = len(self.numbers)
        empty = [""] * count

        def of(column: Column) -> list[str]:
            return self.cells.get(column, empty)

        places = self._places(of)
        addresses = of(Column.EMAIL)
        checked = map(self.reading.check_email, addresses)
        manager = Cells(lambda cell: self.reading.check_email(cell)[0] if cell else "")
        language, gone = Cells(language_code), {s for s in set(of(Column.STATUS)) if fold(s) in GONE}
        started = self._dates(of(Column.STARTED_ON))
        rows = zip(
            self.numbers, self._names(of), addresses, checked, places, of(Column.EXTERNAL_ID), of(Column.DEPARTMENT),
            map(manager.__getitem__, of(Column.MANAGER_EMAIL)), map(language.__getitem__, of(Column.LANGUAGE)),
            started, self.attributes or empty, of(Column.STATUS), strict=True,
        )  # fmt: skip
        for number, name, written, (
            email,
            problem,
        ), place, external_id, department, boss, tongue, start, more, status in rows:
            found: Read
            if status in gone:
                found = Gone(number, (external_id, email))
            elif fault := self.faults.get(number) or problem or _fault(name, external_id):
                address = email or next(iter(_ADDRESS.findall(written[:500])), "").lower()
                others = self.swallowed.get(number, ())
                found = Refused(number, fault, False, (external_id, address), name[:MAX_CELL], others=others)
            elif place.__class__ is Unclear:
                found = Refused(number, unclear_reason(place), True, (external_id, email), name, place.value)
            else:
                country, subdivision = place.country, place.subdivision
                found = Person(name, email, country, subdivision, external_id, department, boss, tongue, start, more)
            yield number, found

    def _names(self, of: Callable[[Column], list[str]]) -> Sequence[str]:
        mapping = self.reading.mapping
        if Column.NAME not in mapping:
            return [
                f"{first} {last}".strip()
                for first, last in zip(of(Column.FIRST_NAME), of(Column.LAST_NAME), strict=True)
            ]
        if Column.FIRST_NAME not in mapping:
            return of(Column.NAME)
        if Column.LAST_NAME not in mapping:  # "Name" beside a first name is the surname, as in German exports
            return [
                f"{first} {last}".strip() for first, last in zip(of(Column.FIRST_NAME), of(Column.NAME), strict=True)
            ]
        both = zip(of(Column.NAME), of(Column.FIRST_NAME), of(Column.LAST_NAME), strict=True)
        return [f"{first} {last}".strip() if first and last else full or f"{first}{last}" for full, first, last in both]

    def _dates(self, values: list[str]) -> Sequence[str]:
        given = self.reading.date_order
        order = given if given is not DateOrder.UNKNOWN else date_order(set(values))
        self.decided["date_order"] = order.value
        return list(map(Cells(lambda cell: (iso_date(cell, order) or UNREAD) if cell else "").__getitem__, values))

    def _only_us_states(self, of: Callable[[Column], list[str]]) -> bool:
        """Whether a file without countries is of the United States: all its states are, or else all its places."""
        index = self.reading.index
        states = {value for value in of(Column.STATE) if value}
        if states:
            return all(value.upper() in index.us_states or fold(value) in index.us_states for value in states)
        return holds_us_states(set(of(Column.LOCATION)), index)

    def _places(self, of: Callable[[Column], list[str]]) -> list[Region | Unclear]:
        keys = list(zip(of(Column.COUNTRY), of(Column.STATE), of(Column.LOCATION), strict=True))
        reading = self.reading
        header = reading.headers[reading.mapping[Column.COUNTRY]] if Column.COUNTRY in reading.mapping else ""
        us = reading.us_states or (
            holds_us_states(set(of(Column.COUNTRY)), reading.index) if header else self._only_us_states(of)
        )
        self.decided["us_states"] = us
        meaning = {key: _place(key, reading, names_countries(header), us) for key in set(keys)}
        places = [meaning[key] for key in keys]
        if reading.fixes:
            places = [reading.fixes.get(n, place) for n, place in zip(self.numbers, places, strict=True)]
        return places


_PERSONAL = frozenset({Column.EXTERNAL_ID, Column.NAME, Column.FIRST_NAME, Column.LAST_NAME, Column.EMAIL})


def _clean(cell: str) -> str:
    text = " ".join(cell.split())
    return unescaped(text) if text[:1] == "'" else text


def _fault(name: str, number: str) -> str:
    if not name:
        return "The name is empty."
    if len(name) > MAX_CELL or len(number) > MAX_NUMBER:
        return f"The name or the number is too long (at most {MAX_CELL:,} and {MAX_NUMBER} characters)."
    return ""


def _attributes(reading: Reading, columns: Sequence[Sequence[str]]) -> list[str]:
    names = [reading.headers[index] for index in reading.kept]
    rows = zip(*(columns[index] for index in reading.kept), strict=True)
    return [attributes_text({n: _clean(cell) for n, cell in zip(names, row, strict=True)}) for row in rows]


def attributes_text(values: Mapping[str, str]) -> str:
    """One text per set of values: empty ones left out, sorted."""
    filled = {name: value for name, value in values.items() if value}
    return json.dumps(filled, ensure_ascii=False, sort_keys=True) if filled else ""


def _place(key: tuple[str, str, str], reading: Reading, is_country: bool, us_states: bool) -> Region | Unclear:
    country, state, location = key
    if us_states and (found_state := resolve_state(country or state or location, "US", reading.index)):
        return Region("US", found_state)
    if not country and location:
        found = resolve_location(location, reading.index)
    else:
        found = resolve_region(country, reading.index, country_column=is_country)
    # The organisation's own word helps where the value itself says nothing clear.
    if isinstance(found, Unclear) and (said := fold(country or location)):
        found = reading.aliases.get(said, found)
    if isinstance(found, Region) and state and not found.subdivision:
        return Region(found.country, resolve_state(state, found.country, reading.index))
    return found


def unclear_reason(place: Unclear) -> str:
    if not place.value:
        return "The country is empty."
    if place.candidates == ("group",):
        return f"“{place.value}” is a group of countries: say which one."
    if place.candidates == ("none",):
        return f"“{place.value}” names no country: say which one."
    if place.candidates:
        return f"“{place.value}” could be {', '.join(place.candidates)}: say which."
    return f"“{place.value}” is not a country that we know."
