"""A long table, drawn page by page: twice through its rows, once to see where pages end, once to draw.

Rows come from a file of JSON lines, so that neither pass holds more than one. Baselines of a row stand on one line,
whatever the scripts of its cells.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from reports.press.job import Annex
from reports.press.pango import Canvas, Set, Style

Tell = Callable[[int, int], None]

_MM = 72 / 25.4
SIZES = {"A4": (210 * _MM, 297 * _MM), "Letter": (612.0, 792.0)}
_SIDE, _TOP, _BOTTOM = 20 * _MM, 20 * _MM, 22 * _MM
_INK, _MUTED, _LINE = (0.086, 0.125, 0.169), (0.318, 0.376, 0.435), (0.847, 0.871, 0.898)
_TITLE, _NOTE = Style(14, _INK, 600), Style(8.4, _MUTED)
_HEAD, _CELL, _FOOT = Style(7.2, _MUTED), Style(7.2, _INK), Style(7.5, _MUTED)
_GAP, _PAD = 2.2 * _MM, 0.75 * _MM  # between columns; above and below a row
_SPARE = -1  # a slot for looking at single characters
_LINES = 4  # of a cell; the rest is cut and ends with an ellipsis
_MOST = 400  # characters of a cell that are looked at
# Control characters, line ends, embeddings and overrides of direction, halves of pairs. Joiners stay: names need them.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
Cells = Sequence[str]


def rows_of(path: str) -> Iterator[list[str]]:
    with Path(path).open(encoding="utf-8") as file:
        for line in file:
            yield [clean(cell) for cell in json.loads(line)]


def clean(words: str) -> str:
    """On one line, without what would end the text or turn others around; cut where nobody reads on."""
    return _CONTROLS.sub(" ", words if len(words) <= _MOST else words[: _MOST - 1] + "…")


class Sheet:
    """One annex on its canvas."""

    def __init__(self, canvas: Canvas, annex: Annex, missing: set[str]) -> None:
        self.canvas, self.annex, self.missing = canvas, annex, missing
        self.width = canvas.size[0] - 2 * _SIDE
        room = self.width - _GAP * (len(annex.columns) - 1)
        shares = sum(column.share for column in annex.columns)
        self.widths = [room * column.share / shares for column in annex.columns]
        self.end = canvas.size[1] - _BOTTOM

    # --- Where pages end ----------------------------------------------------------------------------------------------

    def breaks(self) -> list[int]:
        """How many rows each page has; an annex without rows has one page."""
        pages, rows = [], 0
        top = y = self._opening(first=True, draw=False)
        for cells in rows_of(self.annex.rows):
            height = self._height(cells, _CELL)
            if y + height > self.end and y > top:
                pages.append(rows)
                rows, top = 0, self._opening(first=False, draw=False)
                y = top
            y += height
            rows += 1
        return [*pages, rows]

    def _height(self, cells: Cells, style: Style) -> float:
        return _row_height(self._set(cells, style), style.size)

    def _set(self, cells: Cells, style: Style) -> list[Set]:
        pairs = zip(cells, self.widths, strict=True)
        return [self.canvas.set(style, cell, width, _LINES, slot) for slot, (cell, width) in enumerate(pairs)]

    # --- Drawing ------------------------------------------------------------------------------------------------------

    def draw(self, pages: Sequence[int], first: int, total: int, tell: Tell) -> None:
        """`first` is the number of its first page, of `total` in the whole document."""
        rows = rows_of(self.annex.rows)
        for index, number in enumerate(pages):
            y = self._opening(first=not index, draw=True)
            for _ in range(number):
                y = self._row(next(rows), _CELL, y)
                self.canvas.box(_LINE, _SIDE, y - 0.3, self.width, 0.3)
            self._footer(first + index, total)
            self.canvas.end_page()
            tell(first + index, total)

    def _row(self, cells: Cells, style: Style, y: float) -> float:
        """Returns where the next row begins."""
        found = self._set(cells, style)
        line, x = _line(found, style.size), _SIDE
        for slot, (text, size) in enumerate(zip(cells, found, strict=True)):
            width = self.widths[slot]
            if text:
                self._note_missing(style, text, slot)
                shift = max(0.0, width - size.width) if self.annex.columns[slot].right else 0.0
                self.canvas.show(style, x + shift, y + _PAD + line - size.baseline, slot)
            x += width + _GAP
        return y + _row_height(found, style.size)

    def _note_missing(self, style: Style, text: str, slot: int) -> None:
        if text.isascii() or not self.canvas.unknown(style, slot):
            return
        for char in set(text):
            self.canvas.set(style, char, self.width, 1, _SPARE)
            if self.canvas.unknown(style, _SPARE):
                self.missing.add(f"{ord(char):04X}")

    def _opening(self, *, first: bool, draw: bool) -> float:
        """Title and head of the columns; returns where the first row begins."""
        y = _TOP
        if first:
            y = self._words(_TITLE, clean(self.annex.title), y, 2, draw=draw) + 1.6 * _MM
            if draw:
                self.canvas.box(_INK, _SIDE, y, self.width, 0.6)
            y = self._words(_NOTE, clean(self.annex.note), y + 3.5 * _MM, 8, draw=draw) + 3 * _MM
        else:
            y = self._words(_FOOT, self.annex.continued, y - 4 * _MM, 1, draw=draw) + 2 * _MM
        heads = [clean(column.title) for column in self.annex.columns]
        if draw:
            y = self._row(heads, _HEAD, y)
            self.canvas.box(_INK, _SIDE, y, self.width, 0.6)
        else:
            y += self._height(heads, _HEAD)
        return y + 0.6

    def _words(self, style: Style, words: str, y: float, lines: int, *, draw: bool) -> float:
        if not words:
            return y
        size = self.canvas.set(style, words, self.width, lines)
        if draw:
            self.canvas.show(style, _SIDE, y)
        return y + size.height

    def _footer(self, page: int, total: int) -> None:
        """In the places of the narrative's: whose, as of when, which page."""
        left, middle, number = self.annex.footer
        words = (left, middle, number.replace("{page}", str(page)).replace("{pages}", str(total)))
        for index, (text, share) in enumerate(zip(words, (0.34, 0.46, 0.2), strict=True)):
            width = self.width * share
            size = self.canvas.set(_FOOT, clean(text), width, 2)
            free = width - size.width
            x = _SIDE + self.width * sum((0.34, 0.46, 0.2)[:index])
            self.canvas.show(_FOOT, x + free * index / 2, self.end + 11 * _MM - size.height / 2)


def _line(found: Sequence[Set], size: float) -> float:
    """How far the baseline lies below a row's top. Fonts that ask for more than others would make uneven rows."""
    return min(max(item.baseline for item in found), 1.1 * size)


def _row_height(found: Sequence[Set], size: float) -> float:
    below = max(item.height - item.baseline for item in found)
    if all(item.height < 2.2 * size for item in found):  # one line each
        below = 0.33 * size
    return _line(found, size) + below + 2 * _PAD


class Drawn:
    """An annex whose pages are counted, so that everything before it can say how many there are."""

    def __init__(self, annex: Annex, out: str, paper: str, created: str, language: str) -> None:
        self.annex, self.path = annex, out
        self.missing: set[str] = set()
        self._canvas = Canvas(out, SIZES[paper], created, language)
        self._sheet = Sheet(self._canvas, annex, self.missing)
        self.pages = self._sheet.breaks()
        self.size = SIZES[paper]

    def page_of(self, row: int) -> int:
        """On which page of the annex, from 0, a row stands."""
        return next(at for at, last in enumerate(accumulate(self.pages)) if row < last)

    def draw(self, first: int, total: int, tell: Tell) -> None:
        self._sheet.draw(self.pages, first, total, tell)
        self._canvas.close()
