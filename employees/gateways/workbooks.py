"""Workbooks that we write: every cell is text or a number, never a formula or a link."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter

from organisations.rules.cells import escaped

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_INK, _WASH = "#1b1f24", "#eef1f4"


@dataclass(frozen=True)
class Sheet:
    """One sheet: a header with a note a column (or none), and rows in any number."""

    name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[str | int]]
    notes: Sequence[str] = ()
    widths: Sequence[int] = ()


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """XLSX; texts that could start a formula carry an apostrophe in front."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        head = book.add_format({"bold": True, "bg_color": _WASH, "font_color": _INK, "bottom": 1, "text_wrap": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name[:31])
            page.freeze_panes(1, 0)
            for index, header in enumerate(sheet.headers):
                width = sheet.widths[index] if index < len(sheet.widths) else 24
                page.set_column(index, index, width)
                page.write_string(0, index, escaped(header), head)
                if index < len(sheet.notes) and sheet.notes[index]:
                    page.write_comment(0, index, sheet.notes[index], {"x_scale": 2, "y_scale": 1.2})
            for number, row in enumerate(sheet.rows, start=1):
                for index, value in enumerate(row):
                    if isinstance(value, int):
                        page.write_number(number, index, value)
                    elif value:
                        page.write_string(number, index, escaped(value))
    return buffer.getvalue()


def csv_file(headers: Sequence[str], rows: Iterable[Sequence[str | int]], delimiter: str = ",") -> bytes:
    """CSV in UTF-8 with a mark, as spreadsheet programs expect it."""
    text = io.StringIO(newline="")
    # Quoted throughout: a program that splits at another character must not find the start of a cell inside one.
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow([escaped(header) for header in headers])
    writer.writerows([escaped(str(value)) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
