"""One row of a roster: a person, somebody who left, or a refusal with its reason."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from employees.rules.columns import Column, names_countries
from employees.rules.regions import Region, RegionIndex, Unclear, fold, resolve_region, resolve_state

MAX_CELL = 1000
MAX_NUMBER = 100
EmailCheck = Callable[[str], tuple[str, str]]  # (cell) -> (address, "") or ("", reason)
_GONE = {
    "terminated",
    "inactive",
    "left",
    "leaver",
    "former",
    "ausgeschieden",
    "inaktiv",
    "exited",
    "separated",
}
_LANGUAGES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "francais": "fr", "dutch": "nl",
    "nederlands": "nl",
    "italian": "it", "italiano": "it", "spanish": "es", "espanol": "es", "polish": "pl", "polski": "pl",
    "portuguese": "pt", "portugues": "pt", "swedish": "sv", "svenska": "sv", "danish": "da", "dansk": "da",
    "finnish": "fi", "suomi": "fi", "czech": "cs", "cestina": "cs", "hungarian": "hu", "magyar": "hu", "romanian": "ro",
    "greek": "el", "japanese": "ja", "norwegian": "nb", "icelandic": "is", "chinese": "zh-hans",
    "chinese (traditional)": "zh-hant", "traditional chinese": "zh-hant", "chinese (simplified)": "zh-hans",
}  # fmt: skip
_LANGUAGE_TAG = re.compile(r"([a-z]{2,3})(?:[-_](hant|hans|[a-z]{2}))?")


@dataclass(frozen=True)
class Person:
    """One staff member as a roster row says it. `email` is lower case; no `external_id` means the file has none."""

    name: str
    email: str
    country: str
    subdivision: str = ""
    external_id: str = ""
    department: str = ""
    manager_email: str = ""
    language: str = ""


@dataclass(frozen=True)
class Row:
    """A row as read: `number` is its line in the file, counting the header as 1."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Refused:
    """A row that is not imported, with the reason in words. `review` rows can be settled by a person."""

    number: int
    reason: str
    review: bool
    identity: tuple[str, str]  # external id and e-mail, as far as they could be read
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Gone:
    """A row that says its person has left."""

    number: int
    identity: tuple[str, str]


def language_code(text: str) -> str:
    """A lower-case language tag such as `de` or `zh-hant`; "" when the value says nothing known."""
    folded = fold(text)
    if folded in _LANGUAGES:
        return _LANGUAGES[folded]
    match = _LANGUAGE_TAG.fullmatch(folded.replace(" ", "-"))
    if match is None:
        return ""
    if match[1] == "zh":
        return "zh-hant" if match[2] in {"hant", "tw", "hk", "mo"} else "zh-hans"
    return match[1]


def _text(cells: Mapping[str, str], header: str | None) -> str:
    return " ".join(cells.get(header, "").split()) if header else ""


def _name(cells: Mapping[str, str], mapping: Mapping[Column, str]) -> str:
    full = _text(cells, mapping.get(Column.NAME))
    if full and (Column.FIRST_NAME not in mapping or Column.LAST_NAME in mapping):
        return full
    if full:  # a first name beside it: "Name" is the surname, as in German exports
        return " ".join(filter(None, (_text(cells, mapping[Column.FIRST_NAME]), full)))
    parts = (_text(cells, mapping.get(column)) for column in (Column.FIRST_NAME, Column.LAST_NAME))
    return " ".join(filter(None, parts))


def _place(cells: Mapping[str, str], mapping: Mapping[Column, str], index: RegionIndex) -> Region | Unclear:
    header = mapping.get(Column.COUNTRY, "")
    text = _text(cells, header)
    found = resolve_region(text, index, country_column=names_countries(header))
    state = _text(cells, mapping.get(Column.STATE))
    if isinstance(found, Region) and state and not found.subdivision:
        return Region(found.country, resolve_state(state, found.country, index))
    return found


def _unclear_reason(place: Unclear) -> str:
    if not place.value:
        return "The country is empty."
    if place.candidates == ("group",):
        return f"“{place.value}” is a group of countries: say which one."
    if place.candidates == ("none",):
        return f"“{place.value}” names no country: say which one."
    if place.candidates:
        return f"“{place.value}” could be {', '.join(place.candidates)}: say which."
    return f"“{place.value}” is not a country that we know."


def read_row(
    row: Row, mapping: Mapping[Column, str], index: RegionIndex, check_email: EmailCheck
) -> Person | Refused | Gone:
    """One row to a person, or the reason why not."""
    cells = row.cells
    external_id = _text(cells, mapping.get(Column.EXTERNAL_ID))
    raw_email = cells.get(mapping.get(Column.EMAIL, ""), "")
    email, problem = check_email(raw_email)
    identity = (external_id, email)
    if fold(_text(cells, mapping.get(Column.STATUS))) in _GONE:
        return Gone(row.number, identity)
    name = _name(cells, mapping)
    too_long = [header for header, cell in cells.items() if len(cell) > MAX_CELL]
    if too_long:
        problem = f"“{too_long[0]}” is longer than {MAX_CELL:,} characters."
    elif len(name) > MAX_CELL or len(external_id) > MAX_NUMBER:
        problem = f"The name or the number is too long (at most {MAX_CELL:,} and {MAX_NUMBER} characters)."
    elif not name and not problem:
        problem = "The name is empty."
    if problem:
        return Refused(row.number, problem, False, identity, cells)
    place = _place(cells, mapping, index)
    if isinstance(place, Unclear):
        return Refused(row.number, _unclear_reason(place), True, identity, cells)
    manager, _ = check_email(cells.get(mapping.get(Column.MANAGER_EMAIL, ""), ""))
    return Person(
        name=name,
        email=email,
        country=place.country,
        subdivision=place.subdivision,
        external_id=external_id,
        department=_text(cells, mapping.get(Column.DEPARTMENT)),
        manager_email=manager,
        language=language_code(_text(cells, mapping.get(Column.LANGUAGE))),
    )
