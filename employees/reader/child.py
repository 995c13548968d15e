"""The child process: one line of JSON options and the file on standard input, lines of JSON on standard output.

First `{"head": …}` with what was detected, then `{"n": row numbers, "c": columns}` for up to CHUNK rows each, and at
last `{"end": …}`; or `{"error": …}` at any moment, in words that follow the file's name.
"""

import gc
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from employees.reader.jsons import read_json
from employees.reader.limits import Limits, Unreadable
from employees.reader.sheets import is_workbook, open_workbook
from employees.reader.texts import detect_encoding, open_text
from employees.rules.columns import is_known_header
from employees.rules.tables import HEAD_ROWS, find_head, without_footer

CHUNK = 2000
_OWN_MEMORY = 224 * 1024**2  # address space of the interpreter and its libraries, and of a small file
_WEB_PAGE = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<meta", b"<style")


_TOO_WIDE = "has more than {} columns. Leave out those that are not needed."


def _filled(row: list[str]) -> int:
    """How many cells up to the last one with something in it."""
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return width


def say(**message: Any) -> None:
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")


def open_table(content: bytes, options: dict[str, Any], limits: Limits) -> tuple[dict[str, Any], Iterable[list[str]]]:
    """(what was detected, all rows from the first line on)."""
    start = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise Unreadable("is empty.")
    if is_workbook(content):
        table = open_workbook(content, options, limits)
        return {"kind": "sheet", "sheets": table.sheets, "sheet": table.sheet, "about": table.about_rows}, table.rows
    if start.startswith(b"%pdf"):
        raise Unreadable("is a PDF. Export the staff list as CSV or XLSX.")
    if start.startswith(_WEB_PAGE):
        raise Unreadable("is a web page, whatever its name says. Open it in a spreadsheet program and save it as XLSX.")
    if start[:1] in {b"[", b"{"}:
        encoding = detect_encoding(content)
        rows = read_json(content.decode(encoding, errors="replace"), limits)
        return {"kind": "json", "encoding": encoding, "about": len(rows)}, rows
    text = open_text(content, options, limits)
    seen = {"kind": "csv", "encoding": text.encoding, "delimiter": text.delimiter, "about": text.about_rows}
    return seen, text.rows


def read(content: bytes, options: dict[str, Any], limits: Limits) -> None:
    seen, lines = open_table(content, options, limits)
    rows = iter(lines)
    top = list(islice(rows, HEAD_ROWS + 2))
    if max(map(_filled, top), default=0) > limits.columns:
        raise Unreadable(_TOO_WIDE.format(limits.columns))
    row = int(options.get("header_row") or 0)
    head = find_head(top, is_known_header, at=row - 1 if row else None)
    if head is None or not head.headers:
        raise Unreadable("has no header row. One row must name the columns.")
    say(head={**seen, "row": head.row + 1, "headers": head.headers})
    skipped: list[tuple[int, str]] = []
    numbered = enumerate(chain(top[head.first :], rows), start=head.first + 1)
    people = without_footer(numbered, len(head.headers), skipped)
    count = _send(people, len(head.headers), str(seen.get("delimiter", "")), limits)
    say(end={"rows": count, "skipped": [[number, text[:200]] for number, text in skipped[-20:]]})


def _send(rows: Iterator[tuple[int, Any]], width: int, delimiter: str, limits: Limits) -> int:
    count = 0
    while chunk := list(islice(rows, CHUNK)):
        count += len(chunk)
        if count > limits.rows:
            raise Unreadable(f"has more than {limits.rows:,} rows. Split it, and import the parts as partial files.")
        ragged = [number for number, row in chunk if len(row) > width and any(cell.strip() for cell in row[width:])]
        torn = [(number, _swallowed(row, delimiter)) for number, row in chunk] if delimiter else []
        empty = [""] * width
        cells = [row if len(row) == width else [*row[:width], *empty[len(row) :]] for _, row in chunk]
        say(
            n=[number for number, _ in chunk],
            c=list(zip(*cells, strict=True)),
            long=ragged,
            torn=[item for item in torn if item[1]],
        )
    return count


def _swallowed(row: list[str], delimiter: str) -> list[str]:
    """Cells that hold whole rows: a line break, an address and the delimiter. A quotation mark is missing somewhere."""
    return [cell for cell in row if "\n" in cell and "@" in cell and delimiter in cell]


def main() -> None:
    request = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**request["limits"])
    # A small file has no business with much memory, whatever its insides claim.
    content = sys.stdin.buffer.read()
    memory = min(limits.memory_bytes, _OWN_MEMORY + 20 * len(content))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # nothing here makes cycles, and looking for them takes a quarter of the time
    try:
        read(content, request["options"], limits)
    except Unreadable as error:
        say(error=str(error))
    except MemoryError:
        say(error="needs more memory than a roster would. Save the staff list alone as a new file.")


if __name__ == "__main__":
    main()
