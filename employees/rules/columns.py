"""Which of a file's columns holds what."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

from employees.rules.headers import HEADERS, NOT_OURS
from employees.rules.regions import fold


class Column(StrEnum):
    EXTERNAL_ID = "external_id"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    COUNTRY = "country"
    STATE = "state"
    LOCATION = "location"
    DEPARTMENT = "department"
    MANAGER_EMAIL = "manager_email"
    LANGUAGE = "language"
    STATUS = "status"
    STARTED_ON = "started_on"


KEEP, IGNORE = "keep", ""  # what else somebody may say of a column: keep it as it stands, or leave it out

_JOINTS = re.compile(r"[.:/_\-–—\s]+")
_RANK: dict[str, tuple[Column, int]] = {}
for _column, _names in HEADERS.items():
    for _rank, _name in enumerate(_names):
        _RANK[_name] = (Column(_column), _rank)
        _RANK.setdefault(_JOINTS.sub(" ", _name).strip(), (Column(_column), _rank))
# A word in front that changes nothing: "work country", "job.startDate", "Worker Employee ID". A company's name or a
# job's number is nobody's, so for names and numbers only words for the person may go.
_OF_THE_JOB = (
    "work ", "job ", "employment ", "business ", "company ", "corporate ", "internal ", "current ", "location ",
)  # fmt: skip
_OF_THE_PERSON = ("worker ", "employee ", "staff ", "person ", "user ")
_PERSONS_OWN = frozenset({Column.EXTERNAL_ID, Column.NAME, Column.FIRST_NAME, Column.LAST_NAME})
# Words that mean one column beside another of that meaning, and something else beside it.
_OTHERWISE = {"estado": Column.STATE, "stato": Column.COUNTRY}
_ASIDE = re.compile(r"\[[^\]]*\]|\([^)]*\)|（[^）]*）|\*")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")


@lru_cache(maxsize=20_000)
def _spellings(header: str) -> tuple[str, ...]:
    """A header as it stands, without remarks in brackets, and with its parts joined by spaces."""
    bare = _ASIDE.sub(" ", header)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare)  # camelCase
    forms = (header, bare, _JOINTS.sub(" ", bare), words, _JOINTS.sub(" ", words))
    return tuple(dict.fromkeys(map(fold, forms)))


@lru_cache(maxsize=20_000)
def _meaning(header: str) -> tuple[Column, int] | None:
    spellings = _spellings(header)
    if any(spelling in NOT_OURS for spelling in spellings):
        return None
    if found := next((_RANK[spelling] for spelling in spellings if spelling in _RANK), None):
        return found
    for spelling in spellings:
        for prefix in (*_OF_THE_PERSON, *_OF_THE_JOB):
            found = _RANK.get(spelling.removeprefix(prefix)) if spelling.startswith(prefix) else None
            if found and (prefix in _OF_THE_PERSON or found[0] not in _PERSONS_OWN):
                return found[0], found[1] + 1000
    return None


def is_known_header(header: str) -> bool:
    return _meaning(header) is not None


def map_columns(
    headers: Sequence[str],
    samples: Sequence[Sequence[str]] = (),
    is_country: Callable[[str], bool] = lambda value: False,
    choices: Mapping[str, str] | None = None,
) -> dict[Column, int]:
    """Which column, by its position, holds what.

    `choices` are somebody's own words on headers (folded header → column, KEEP or IGNORE) and win. Then names decide,
    the more specific one first. A needed column that no name announces is looked for in `samples`, one sequence of
    values a column: addresses make an e-mail column, names of countries a country column.
    """
    chosen = {
        index: (choices or {})[fold(header)] for index, header in enumerate(headers) if fold(header) in (choices or {})
    }
    mapping = {Column(meaning): index for index, meaning in reversed(chosen.items()) if meaning not in {KEEP, IGNORE}}
    by_rank: dict[Column, list[tuple[bool, int, int]]] = {}
    for index, header in enumerate(headers):
        meaning = None if index in chosen else _meaning(header)
        if meaning and meaning[0] not in mapping:
            column, rank = meaning
            by_rank.setdefault(column, []).append((_is_empty(samples, index), rank, index))
    for column, candidates in by_rank.items():
        empty, _, index = min(candidates)
        if not (empty and column is Column.LOCATION):  # an office column that nobody fills in says nothing
            mapping[column] = index
    for index, header in enumerate(headers):
        other = _OTHERWISE.get(fold(header))
        if other and other not in mapping and index not in mapping.values():
            mapping[other] = index
    free = [
        index
        for index, header in enumerate(headers)
        if index not in chosen and index not in mapping.values() and not _is_private(header)
    ]
    if Column.EMAIL not in mapping:
        _by_values(mapping, Column.EMAIL, free, samples, lambda value: bool(_ADDRESS.fullmatch(value)))
    if not mapping.keys() & {Column.COUNTRY, Column.LOCATION, Column.STATE}:
        _by_values(mapping, Column.COUNTRY, free, samples, is_country)
    return mapping


def _is_empty(samples: Sequence[Sequence[str]], index: int) -> bool:
    return index < len(samples) and bool(samples[index]) and not any(value.strip() for value in samples[index])


def _is_private(header: str) -> bool:
    return any(spelling in NOT_OURS for spelling in _spellings(header))


def _by_values(
    mapping: dict[Column, int],
    column: Column,
    free: Iterable[int],
    samples: Sequence[Sequence[str]],
    fits: Callable[[str], bool],
) -> None:
    """The free column most of whose values fit: four of five at least."""
    best, most = None, 0
    for index in free:
        values = [value.strip() for value in samples[index] if value.strip()] if index < len(samples) else []
        fitting = sum(map(fits, values))
        if values and fitting * 5 >= len(values) * 4 and fitting > most and index not in mapping.values():
            best, most = index, fitting
    if best is not None:
        mapping[column] = best


def missing_columns(mapping: Mapping[Column, int]) -> list[str]:
    """What the file lacks for an import, in words."""
    missing = []
    if Column.EMAIL not in mapping:
        missing.append("work e-mail")
    if Column.NAME not in mapping and not {Column.FIRST_NAME, Column.LAST_NAME} <= mapping.keys():
        missing.append("name")
    if not mapping.keys() & {Column.COUNTRY, Column.LOCATION, Column.STATE}:
        missing.append("country")
    return missing


# Headers that fit Column.COUNTRY, but whose values may as well be states, provinces or offices.
_ANY_PLACE = {"region", "location country", "region of work", "work region", "employee region", "hr region", "地域"}


def names_countries(header: str) -> bool:
    """Whether a header says that its column holds countries, so that a bare two-letter code is one."""
    return fold(header) not in _ANY_PLACE
