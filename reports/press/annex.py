"""A long list as pages of fixed lines: hundreds of rows at a time, so that memory stays as it is for one piece.

Tables cost the engine a millisecond a cell and memory a row; a block of preformatted lines a page costs neither
(docs/decisions/0012). The number of lines a page is fixed, so the number of pages is known before any is drawn.
"""

import gc
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from itertools import islice
from pathlib import Path

from weasyprint import CSS, HTML

from reports.press.guards import NoFetching
from reports.press.job import Annex, Job

LINES = {"A4": 58, "Letter": 53}  # a page
_CHUNK_PAGES = 7
COLUMNS = 116  # of the narrow face, on either paper
_INDENT = 8
_MOST = 1000  # characters of one row
_HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}  # could break the line, or turn it around
_JOINERS = "\u200c\u200d"  # part of how some names are written


def width(text: str) -> float:
    """Columns that a text takes at most, in the narrow face or in that of another script."""
    return sum(_width(character) for character in text)


def _width(character: str) -> float:
    if character < "\u0530":
        return 0 if unicodedata.combining(character) else 1
    if unicodedata.east_asian_width(character) in "WF":
        return 1.7
    return 0 if unicodedata.category(character) == "Mn" else 1.4


def clean(text: str) -> str:
    """One line: nothing that starts a new one or changes its direction; a text without end is cut and says so."""
    found = "".join(
        character if character in _JOINERS or unicodedata.category(character) not in _HIDDEN else " "
        for character in text[: _MOST + 1]
    )
    return f"{found[:_MOST]} [+{len(text) - _MOST:,}]" if len(text) > _MOST else found


def folded(row: str) -> Iterator[str]:
    """The row in lines that fit; further ones are indented."""
    line, room = "", float(COLUMNS)
    for character in clean(row):
        wide = _width(character)
        if wide > room:
            yield line
            line, room = " " * _INDENT, float(COLUMNS - _INDENT)
        line, room = line + character, room - wide
    yield line.rstrip()


def lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for row in file:
            yield from folded(row.rstrip("\n"))


def count_pages(annex: Annex, paper: str) -> int:
    return -(-sum(1 for _ in lines(Path(annex.rows))) // LINES[paper]) or 1


def _css(job: Job, annex: Annex, page: int, pages: int) -> str:
    def string(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'

    before, _, rest = annex.page_of.partition("{page}")
    between, _, after = rest.partition("{pages}")
    foot = f"{string(before)} counter(page) {string(f'{between}{pages:d}{after}')}"
    return f"""
@page {{ size: {job.paper}; @bottom-left {{ content: {string(annex.left)} }}
  @bottom-center {{ content: {string(annex.middle)} }} @bottom-right {{ content: {foot} }} }}
@page :first {{ counter-reset: page {page - 1} }}
"""


def _page(head: str, found: Sequence[str]) -> str:
    body = "\n".join(escape(line) for line in found)
    return f'<div class="annex"><p class="annex__head">{escape(head)}</p><pre>{body}</pre></div>'


def draw(job: Job, annex: Annex, style: CSS, first: int, pages: int) -> Iterator[tuple[bytes, int]]:
    """(PDF, its pages) piece after piece; `first` is the number of the first page, `pages` the whole document's."""
    source, page, per_page = lines(Path(annex.rows)), first, LINES[job.paper]
    while True:
        piece = list(islice(source, per_page * _CHUNK_PAGES))
        if not piece and page > first:
            return
        parts = [piece[start : start + per_page] for start in range(0, max(1, len(piece)), per_page)]
        title = f"<h1>{escape(annex.title)}</h1>" if page == first else ""
        html = "".join(_page(annex.head, part) for part in parts)
        gc.disable()  # a cyclic sweep over a page tree costs a quarter of the time; it is done once a piece
        document = HTML(
            string=f'<html lang="{job.language}"><title>{escape(annex.title)}</title><body>{title}{html}',
            url_fetcher=NoFetching(),
        ).render(stylesheets=[style, CSS(string=_css(job, annex, page, pages))])
        yield document.write_pdf(), len(document.pages)
        page += len(document.pages)
        del document, html, parts
        gc.enable()
        gc.collect()
