"""The outside world of the roster: files, spellings from CLDR, e-mail syntax."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from babel import Locale, localedata
from babel.core import get_global
from django.conf import settings
from email_validator import EmailNotValidError, validate_email

from employees.rules.people import Row
from employees.rules.regions import RegionIndex, fold

INPUT_FILE = Path(__file__).parent / "data" / "region_input.yaml"
INDEX_FILE = settings.BUILD_DIR / "territories.json"
# CLDR's own codes for parts of Spain, and codes that are no country.
_CLDR_PARTS = {"IC": "ES", "EA": "ES"}
_NO_COUNTRY = {"AC", "CP", "CQ", "DG", "EU", "EZ", "QO", "TA", "UN", "XA", "XB", "ZZ"}


class UnreadableRoster(Exception):
    """The file cannot be read as a roster; the message says what was found and what to do."""


# --- Regions ---------------------------------------------------------------------------------------------------


def _cldr_names() -> Iterator[tuple[str, str]]:
    for identifier in localedata.locale_identifiers():
        for code, name in Locale.parse(identifier).territories.items():
            if len(code) == 2 and code not in _NO_COUNTRY:
                yield fold(name), _CLDR_PARTS.get(code, code)


def build_territories() -> dict[str, object]:
    """Every spelling of every country: CLDR's names in all languages, alpha-3 codes, and our exceptions, which win.

    A name that means different countries in different languages goes to review unless English settles it.
    """
    given = yaml.safe_load(INPUT_FILE.read_text(encoding="utf-8"))
    meanings: dict[str, set[str]] = {}
    for name, code in _cldr_names():
        meanings.setdefault(name, set()).add(code)
    english = {fold(name): code for code, name in Locale("en").territories.items() if len(code) == 2}
    names = {
        name: english.get(name) or min(codes) for name, codes in meanings.items() if len(codes) == 1 or name in english
    }
    ambiguous = {name: sorted(codes) for name, codes in meanings.items() if name not in names}
    countries = {code for codes in meanings.values() for code in codes}
    for old, new in get_global("territory_aliases").items():
        if len(old) == 3 and old.isalpha() and len(new) == 1 and new[0] in countries:
            names[fold(old)] = new[0]
    names |= {fold(spelling): code for code, spellings in given["aliases"].items() for spelling in spellings}
    names |= {fold(code): meant for code, meant in given["reserved_codes"].items()}
    ambiguous |= {fold(item["value"]): item["may_be"] for item in given["ambiguous"]}
    return {
        "names": names,
        "ambiguous": ambiguous,
        "countries": sorted(countries),
        "subdivision_overrides": given["subdivision_overrides"],
    }


def write_territories() -> Path:
    INDEX_FILE.parent.mkdir(parents=True, exist_ok=True)
    draft = INDEX_FILE.with_suffix(".new")
    draft.write_text(json.dumps(build_territories(), ensure_ascii=False), encoding="utf-8")
    draft.replace(INDEX_FILE)
    return INDEX_FILE


@lru_cache(maxsize=1)
def region_index() -> RegionIndex:
    """Read once per process; built on the spot (some seconds) where set-up has not built it."""
    stale = not INDEX_FILE.exists() or INDEX_FILE.stat().st_mtime < INPUT_FILE.stat().st_mtime
    data = json.loads((write_territories() if stale else INDEX_FILE).read_text(encoding="utf-8"))
    return RegionIndex(data["names"], data["ambiguous"], frozenset(data["countries"]), data["subdivision_overrides"])


# --- E-mail ----------------------------------------------------------------------------------------------------


def check_email(cell: str) -> tuple[str, str]:
    """(address in lower case, "") or ("", reason): one plain address a cell, ASCII before the @, domain as A-label."""
    text = cell.strip()
    if not text:
        return "", "The e-mail address is empty."
    if any(char in text for char in '\r\n,;<>"') or text.count("@") > 1:
        return "", f"“{_shown(text)}” is not one plain address."
    try:
        parsed = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        return "", f"“{_shown(text)}” is not an e-mail address: {error}"
    return f"{parsed.local_part}@{parsed.ascii_domain}".lower(), ""


def _shown(text: str) -> str:
    return " ".join(text.split())[:80]


# --- Files -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RosterFile:
    """A file as read: headers, rows as dictionaries by header, and the SHA-256 of its bytes."""

    name: str
    sha256: str
    headers: list[str]
    rows: list[Row]


def read_roster(name: str, content: bytes) -> RosterFile:
    """Reads a CSV file in UTF-8 (with or without BOM), UTF-16 or Windows-1252, with comma, semicolon, tab or bar.

    Raises UnreadableRoster.
    """
    if len(content) > settings.ROSTER_MAX_BYTES:
        limit = settings.ROSTER_MAX_BYTES // 1024**2
        raise UnreadableRoster(
            f"{name} is larger than {limit} MiB. Split it, or leave out columns that are not needed."
        )
    text = _decoded(name, content)
    try:
        # Newlines inside quotes count: a row's number is its line in a spreadsheet, not in the text.
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise UnreadableRoster(f"{name} is not a well-formed CSV file: {error}. Export it again as CSV.") from error
    if not table or not any(cell.strip() for cell in table[0]):
        raise UnreadableRoster(f"{name} has no header row. The first row must name the columns.")
    headers = [header.strip() for header in table[0]]
    rows = [
        Row(number, dict(zip(headers, cells, strict=False)))
        for number, cells in enumerate(table[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]
    return RosterFile(name, hashlib.sha256(content).hexdigest(), headers, rows)


def _decoded(name: str, content: bytes) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableRoster(f"{name} is a spreadsheet. Save it as CSV (UTF-8) and upload that file.")
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableRoster(f"{name} is not text in UTF-8, UTF-16 or Windows-1252. Export it as CSV (UTF-8).")


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t|", key=first.count)
