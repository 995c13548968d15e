"""Annexes and spreadsheets of a report, each over the same rows in a process of its own: seconds, and peak MiB.

The peer is one pass of WeasyPrint over the rows as a plain table (collapsed borders, automatic layout).
"""

import html
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter
from weasyprint import CSS, HTML

from benchmarks.names import NAMES
from reports.gateways.sheets import Sheet, write_workbook
from reports.press.document import make
from reports.press.job import Annex, Column, Job

HEADS = ["No.", "To", "Address", "Mail", "Text", "Handed over (UTC)", "What became of it"]
SHARES = (4, 12, 14, 7, 3, 8, 7)


def rows(count: int) -> Iterator[list[str]]:
    for at in range(count):
        name = f"{NAMES[at % len(NAMES)]} {at}"
        yield [
            f"#{at}#",
            name,
            f"person.{at}@example.org",
            "First mail",
            "L1",
            f"2025-10-06 08:{at % 60:02}",
            "handed over",
        ]


def ours(count: int, folder: Path) -> Path:
    """The whole document: a narrative of one page, and the annex behind it."""
    path, out = folder / "rows", folder / "annex.pdf"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(count))
    columns = [Column(head, share) for head, share in zip(HEADS, SHARES, strict=True)]
    footer = ("Northwind", "As of then", "Page {page} of {pages}")
    annex = Annex("Annex A", "A row a mail.", "Annex A (continued)", columns, str(path), footer)
    page = '<html lang="en"><title>Annex</title><h1>Annex</h1></html>'
    make(Job(page, str(out), "2025-11-24T08:00:00+00:00", annexes=[annex]), lambda _done, _pages: None, set())
    return out


def plain(count: int, folder: Path) -> Path:
    cells = ("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows(count))
    heads = "".join(f"<th>{head}</th>" for head in HEADS)
    document = f"<title>x</title><table><thead><tr>{heads}</tr></thead><tbody>{''.join(cells)}</tbody></table>"
    style = CSS(
        string='@page {size: A4} html {font: 7pt "Noto Sans", "Noto Sans CJK TC", sans-serif} '
        "table {border-collapse: collapse} td, th {border: 0.4pt solid #d8dee5; padding: 1mm; text-align: left}"
    )
    out = folder / "plain.pdf"
    HTML(string=document).write_pdf(str(out), stylesheets=[style])
    return out


def sheet(count: int, folder: Path) -> Path:
    out = folder / "ours.xlsx"
    write_workbook(out, [Sheet("Mails", HEADS, rows(count))], datetime(2025, 11, 24, tzinfo=UTC))
    return out


def bare(count: int, folder: Path) -> Path:
    """A loop over the library, with its option for little memory."""
    out = folder / "bare.xlsx"
    with xlsxwriter.Workbook(str(out), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for line, row in enumerate([HEADS, *rows(count)]):
            for index, value in enumerate(row):
                page.write_string(line, index, value)
    return out


WAYS: dict[str, Callable[[int, Path], Path]] = {"ours": ours, "plain": plain, "sheet": sheet, "bare": bare}


def whole(path: Path, count: int) -> bool:
    """Whether every row stands on the pages once, in order."""
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    found = [word[1:-1] for word in done.stdout.split() if word.startswith("#") and word.endswith("#")]
    return found == [str(at) for at in range(count)]


def measured(way: str, count: int) -> dict[str, float]:
    """Of a child process: seconds of its work without the imports, its peak MiB, pages that are whole."""
    line = [sys.executable, "-m", "benchmarks.annex", way, str(count)]
    done = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    way, count = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        out = WAYS[way](count, Path(folder))
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found = {"seconds": seconds, "mib": peak, "bytes": out.stat().st_size}
        if way == "ours":
            found["whole"] = float(whole(out, count))
        print(json.dumps(found))


if __name__ == "__main__":
    main()
