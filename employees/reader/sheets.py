"""Spreadsheets of every kind, by python-calamine."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, load_workbook

from employees.reader.guards import check_archive
from employees.reader.limits import Limits, Unreadable
from employees.rules.columns import is_known_header
from employees.rules.tables import find_head

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass
class SheetTable:
    sheets: list[str]
    sheet: str
    about_rows: int
    rows: Iterator[list[str]]


@contextmanager
def _no_panics() -> Iterator[None]:
    """The library is written in Rust; where it gives up in the middle of a damaged file, that passes `except
    Exception` by."""
    try:
        yield
    except BaseException as error:  # broad: passed on, but for the one that no other name catches
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable("is not a spreadsheet that can be read. Save it again as XLSX, or export CSV.") from None


def is_workbook(content: bytes) -> bool:
    return content.startswith((_ZIP, _OLE, b"PK\x05\x06"))


def open_workbook(content: bytes, options: dict[str, str], limits: Limits) -> SheetTable:
    with _no_panics():
        return _open(content, options, limits)


def _open(content: bytes, options: dict[str, str], limits: Limits) -> SheetTable:
    if not content.startswith(_OLE):
        check_archive(content, limits)
    elif b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" in content:
        raise Unreadable("is protected by a password. Save it without one and upload that.")
    try:
        workbook = load_workbook(io.BytesIO(content))
        sheets = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    except PasswordError as error:
        raise Unreadable("is protected by a password. Save it without one and upload that.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable("is not a spreadsheet that can be read. Save it again as XLSX, or export CSV.") from error
    if not sheets:
        raise Unreadable("has no sheet with a table in it.")
    sheet = options.get("sheet") or ""
    if sheet not in sheets:
        sheet = _best(workbook, sheets) if len(sheets) > 1 else sheets[0]
    height, rows = _read(workbook, sheet, limits)
    return SheetTable(sheets, sheet, height, rows)


def _read(workbook: CalamineWorkbook, name: str, limits: Limits) -> tuple[int, Iterator[list[str]]]:
    try:
        sheet = workbook.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable(f"has a sheet “{name}” that cannot be read. Save it again as XLSX, or export CSV.") from error
    return sheet.total_height, _rows(sheet.iter_rows(), sheet.start, limits)


def _rows(rows: Iterator[Any], start: tuple[int, int] | None, limits: Limits) -> Iterator[list[str]]:
    left, full = (start or (0, 0))[1], 0  # rows come from the first on, cells from the first filled column
    with _no_panics():
        for row in rows:
            cells = [""] * left + [_text(value) for value in row]
            full += any(cells)
            if full > limits.rows + 1000:
                words = f"has more than {limits.rows:,} rows. Split it, and import the parts as partial files."
                raise Unreadable(words)
            yield cells


def _text(value: Any) -> str:
    if value.__class__ is str:  # by class: there are millions
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) <= 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, int | timedelta) else ""


def _best(workbook: CalamineWorkbook, names: list[str]) -> str:
    """The sheet whose header has most names that we know; the first of equals."""

    def worth(name: str) -> int:
        try:
            head = [[_text(value) for value in row] for row in workbook.get_sheet_by_name(name).to_python(nrows=45)]
        except (CalamineError, OSError, ValueError):
            return -1
        found = find_head(head, is_known_header)
        return len({header for header in found.headers if is_known_header(header)}) if found else -1

    return max(names, key=worth)
