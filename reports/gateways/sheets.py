"""XLSX and CSV of any length in the memory of one row: every cell is text or a number, never a formula or a link."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import xlsxwriter

from organisations.rules.cells import escaped

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_INK, _WASH = "#16202b", "#eef1f4"
_MOST = 32_767  # characters of a cell, by the format
_ROWS = 1_048_000  # of a sheet, by the format
Cell = str | int


@dataclass(frozen=True)
class Sheet:
    name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def write_workbook(path: Path, sheets: Iterable[Sheet], created: datetime) -> None:
    """The same rows and instant give the same bytes."""
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties({"created": created.replace(tzinfo=None)})
        head = book.add_format({"bold": True, "bg_color": _WASH, "font_color": _INK, "bottom": 1, "text_wrap": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name[:31])
            page.freeze_panes(1, 0)
            for index, header in enumerate(sheet.headers):
                page.set_column(index, index, sheet.widths[index] if index < len(sheet.widths) else 18)
                page.write_string(0, index, escaped(header), head)
            _fill(page.write_number, page.write_string, sheet.rows)


def _fill(number: object, string: object, rows: Iterable[Sequence[Cell]]) -> None:
    for line, row in enumerate(rows, start=1):
        if line > _ROWS:
            string(line, 0, "More rows than a sheet holds: see the CSV.")  # type: ignore[operator]
            return
        for index, value in enumerate(row):
            if isinstance(value, int):
                number(line, index, value)  # type: ignore[operator]
            elif value:
                string(line, index, escaped(value)[:_MOST])  # type: ignore[operator]


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """UTF-8 with a mark, as spreadsheet programs expect it; quoted throughout: no cell starts inside another."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([escaped(header) for header in headers])
        writer.writerows([escaped(str(value)) for value in row] for row in rows)
