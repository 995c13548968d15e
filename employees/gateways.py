"""The outside world of the roster: files and e-mail syntax."""

import csv
import hashlib
import io
from dataclasses import dataclass

from django.conf import settings
from email_validator import EmailNotValidError, validate_email

from employees.rules.people import Row


class UnreadableRoster(Exception):
    """The file cannot be read as a roster; the message says what was found and what to do."""


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
    skipped = text.partition("\n")[0].strip().strip('"').lower().startswith("sep=")
    if skipped:  # Excel's own note on the delimiter, not a header
        text = text.partition("\n")[2]
    try:
        # Newlines inside quotes count: a row's number is its line in a spreadsheet, not in the text.
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise UnreadableRoster(f"{name} is not a well-formed CSV file: {error}. Export it again as CSV.") from error
    if not table or not any(cell.strip() for cell in table[0]):
        raise UnreadableRoster(f"{name} has no header row. The first row must name the columns.")
    headers = [header.strip() for header in table[0]]
    rows = [
        Row(number, dict(reversed(list(zip(headers, cells, strict=False)))))  # of two equal headers the first counts
        for number, cells in enumerate(table[1:], start=3 if skipped else 2)
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
