"""Where the people begin and end in a sheet as exported: titles above, headers in one or two lines, totals below."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from employees.rules.headers import TOTALS
from employees.rules.regions import fold

MAX_NAME = 200  # characters of a column's name
HEAD_ROWS = 40  # how far down a header is looked for
_ADDRESS = re.compile(r"\S+@\S+\.\S+")
Row = Sequence[str]


@dataclass(frozen=True)
class Head:
    """`first` is the index of the first row that may be a person; `headers` name the columns, none of them twice."""

    row: int
    first: int
    headers: list[str]


def find_head(rows: Sequence[Row], known: Callable[[str], bool], *, at: int | None = None) -> Head | None:
    """The header among the first rows: the one with most names that we know. `at` is somebody's own choice.

    None when there is no row with anything in it.
    """
    filled = [index for index, row in enumerate(rows[:HEAD_ROWS]) if any(cell.strip() for cell in row)]
    if not filled:
        return None
    scores = {index: _score(rows[index], known) for index in filled}
    if at is not None and at < len(rows):
        row = at
    elif max(scores.values()):
        row = max(filled, key=lambda index: (scores[index], -index))
    else:
        row = next((index for index in filled if _width(rows[index]) > 1), filled[0])
    # Technical names above the labels: both are headers, and the lower one is what people know.
    while at is None and _also_header(rows, row + 1, scores, scores.get(row, 0)):
        row += 1
    first = row + 1
    return Head(row, first, _headers(rows, row))


def _score(row: Row, known: Callable[[str], bool]) -> int:
    if any(_ADDRESS.fullmatch(cell.strip()[:320]) for cell in row):
        return 0
    return len({fold(cell) for cell in row if cell.strip() and known(cell)})


def _also_header(rows: Sequence[Row], index: int, scores: dict[int, int], above: int) -> bool:
    return index < len(rows) and scores.get(index, 0) >= max(2, (above + 1) // 2)


def _width(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _headers(rows: Sequence[Row], row: int) -> list[str]:
    names = [" ".join(cell.split())[:MAX_NAME] for cell in rows[row]]
    while names and not names[-1]:
        names.pop()
    groups = _spread(rows[row - 1], len(names)) if row and _width(rows[row - 1]) > 1 else [""] * len(names)
    times = Counter(fold(name) for name in names)
    named = [
        f"{group} {name}" if group and times[fold(name)] > 1 else name
        for group, name in zip(groups, names, strict=False)
    ]
    return _told_apart([name or f"Column {letters(index)}" for index, name in enumerate(named)])


def _spread(row: Row, width: int) -> list[str]:
    """A line of groups, each standing above several columns: the empty cells belong to the group on their left."""
    spread, last = [], ""
    for index in range(width):
        last = (row[index].strip() if index < len(row) else "") or last
        spread.append(" ".join(last.split()))
    return spread


def _told_apart(names: Iterable[str]) -> list[str]:
    seen: dict[str, int] = {}
    apart = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        apart.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return apart


def letters(index: int) -> str:
    """A column as spreadsheets name it: 0 is A, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def without_footer(
    rows: Iterable[tuple[int, Row]], width: int, skipped: list[tuple[int, str]]
) -> Iterator[tuple[int, Row]]:
    """The rows that are not blank, without the totals and notes that end an export; those go to `skipped`.

    A line that looks like a total in the middle of people is a row like any other.
    """
    few = max(3, width // 2)
    held: list[tuple[int, Row]] = []
    for number, row in rows:
        filled = [cell for cell in row if cell and not cell.isspace()]
        if not filled:
            continue
        if len(filled) <= few and _is_footer(filled, width):
            held.append((number, row))
            continue
        if held:
            yield from held
            held = []
        yield number, row
    skipped += [(number, " ".join(" ".join(row).split())) for number, row in held]


def _is_footer(filled: list[str], width: int) -> bool:
    if any(_ADDRESS.fullmatch(cell.strip()[:320]) for cell in filled):
        return False
    first = fold(filled[0])
    words = {first, *(first.split(separator)[0].strip() for separator in ":;(0123456789=")}
    by_name = any(word in TOTALS or any(word.startswith(f"{total} ") for total in TOTALS) for word in words)
    return by_name or (len(filled) == 1 and width > 2)
