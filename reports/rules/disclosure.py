"""What of the figures may be shown: one rule for page, PDF, XLSX, CSV and JSON (docs/decisions/0011).

Answers are shown in steps of `step` people (the organisation's minimum cell), rounded down. A shown value is therefore
always one of `step` values, whatever else is published at whatever time: two tables, two dates or two filters differ by
nothing or by at least a step. Beyond that, what stands around a cell (its row's people, its column's total, the same
total in another table) leaves it all of those values; where it would not, more is held back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from reports.rules.figures import OUTCOME_CELLS, Figures, Row

_COLUMNS = len(OUTCOME_CELLS)
Cells = list[int]


@dataclass(frozen=True)
class Protected:
    """Figures as anybody may see them. A table is left out where it has one row, which is the total again."""

    total: Figures
    tables: Mapping[str, Sequence[Row]]
    step: int


def on_grid(value: int, step: int) -> int:
    return value // step * step


def merge_small(groups: Mapping[str, Figures], minimum: int, most: int = 10_000) -> list[Row]:
    """Rows with most people first; groups with fewer than `minimum` people asked form one, and so do those over `most`.

    When the merged group is still too small, the next smallest joins it. Groups where everybody is informed only hold
    no answers and stand alone.
    """
    rows = [Row((code,), found) for code, found in groups.items()]
    rows.sort(key=lambda row: (-row.figures.asked, -row.figures.informed, row.codes))
    told = [row for row in rows if not row.figures.asked]
    asked = [row for row in rows if row.figures.asked]
    large = [row for row in asked[:most] if row.figures.asked >= minimum]
    small = asked[len(large) :]
    while small and large and _asked(small) < minimum:
        small.insert(0, large.pop())
    if len(small) < 2:
        return [*large, *small, *told]
    codes = tuple(sorted(code for row in small for code in row.codes))
    return [*large, Row(codes, sum((row.figures for row in small), Figures())), *told]


def _asked(rows: Sequence[Row]) -> int:
    return sum(row.figures.asked for row in rows)


def _cells(figures: Figures) -> Cells:
    return [getattr(figures, name) for name in OUTCOME_CELLS]


def _shown(figures: Figures, cells: Cells, step: int) -> Figures:
    taken = _held([figures.taken], figures.offered, step)[0] if figures.offered >= step else 0
    offered = figures.offered if figures.offered >= step else 0
    return replace(figures, **dict(zip(OUTCOME_CELLS, cells, strict=True)), offered=offered, taken=taken)


def _held(cells: Cells, people: int, step: int) -> Cells:
    """On the grid, and so that `people` leave each cell its whole step: nobody is told by "all of them"."""
    found = [on_grid(value, step) for value in cells]
    while people - sum(found) < step - 1 and any(found):
        largest = max(range(len(found)), key=lambda at: (found[at], at))
        found[largest] -= step
    return found


def protected_row(figures: Figures, step: int) -> Figures:
    """One line that stands alone."""
    return _shown(figures, _held(_cells(figures), figures.asked, step), step)


class _Table:
    """The cells of one table while they are being held back."""

    def __init__(self, rows: Sequence[Row], step: int) -> None:
        self.rows, self.step = rows, step
        self.cells = [_held(_cells(row.figures), row.figures.asked, step) for row in rows]

    def sums(self) -> Cells:
        return [sum(cells[column] for cells in self.cells) for column in range(_COLUMNS)]

    def hides(self, totals: Cells) -> bool:
        """Whether every cell may still be each of its `step` values, given these totals of the columns.

        What a total has over its column's sum lies hidden in the rows. Whichever row is looked at, the others must be
        able to hold it alone; and all rows together must be able to hold a step more of any one column, which another
        table of the same people may have to hide. By min-cut, with at most `step - 1` in a cell and what a row's people
        leave in a row: for each number of columns, the largest of them must fit.
        """
        over = sorted((total - low for total, low in zip(totals, self.sums(), strict=True)), reverse=True)
        most = self.step - 1
        slack = [row.figures.asked - sum(cells) for row, cells in zip(self.rows, self.cells, strict=True)]
        for columns in range(1, _COLUMNS + 1):
            room = [min(free, most * columns) for free in slack]
            wanted = sum(over[:columns])
            if wanted > sum(room) - max(room) or wanted + most > sum(room):
                return False
        return True

    def lower(self, totals: Cells) -> None:
        """Until no column sums to more than its total."""
        for column, total in enumerate(totals):
            while sum(cells[column] for cells in self.cells) > total:
                max(self.cells, key=lambda cells: cells[column])[column] -= self.step

    def shown(self) -> list[Row]:
        pairs = zip(self.rows, self.cells, strict=True)
        return [Row(row.codes, _shown(row.figures, cells, self.step)) for row, cells in pairs]


def protect(total: Figures, tables: Mapping[str, Sequence[Row]], step: int) -> Protected:
    """Total and tables of the same people, each cut differently, as they may be shown together."""
    if total.asked < step:
        return Protected(Figures(asked=total.asked, informed=total.informed), {}, step)
    totals = _held(_cells(total), total.asked, step)
    kept = {name: _Table(rows, step) for name, rows in tables.items() if sum(row.figures.asked > 0 for row in rows) > 1}
    settled = False
    while not settled:
        before = list(totals)
        for table in kept.values():
            table.lower(totals)
            while not table.hides(totals) and table.sums() != totals:
                over = [high - low for high, low in zip(totals, table.sums(), strict=True)]
                totals[over.index(max(over))] -= step
        settled = totals == before
    return Protected(_shown(total, totals, step), {name: table.shown() for name, table in kept.items()}, step)


def only_row(rows: Sequence[Row], total: Figures, step: int) -> list[Row]:
    """Rows of which at most one has people asked: its answers are the total’s as shown. Countries whose people were
    told and not asked hold no answers, and stand beside it with what was sent to them."""
    answers = _cells(total) if total.asked >= step else [0] * _COLUMNS
    return [Row(row.codes, _shown(row.figures, answers if row.figures.asked else [0] * _COLUMNS, step)) for row in rows]


def cell(value: int, of: int, step: int) -> str | None:
    """None where the number itself may stand; else what stands for it: "–" for nobody, or "<5"."""
    if not of:
        return "–"
    return f"<{step}" if not value and step > 1 else None


def share(value: int, of: int, step: int) -> str:
    """A whole percentage; "–" for nobody, "<17 %" for a cell below the step. 100 % is exactly all, 0 % exactly none."""
    if not of:
        return "–"
    if not value and step > 1:
        return f"<{min(100, ceil(100 * step / of))} %"
    rounded = round(100 * value / of)
    if rounded == 100 and value < of:
        rounded = 99
    elif rounded == 0 and value:
        rounded = 1
    return f"{rounded} %"
