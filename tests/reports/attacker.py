"""Somebody who knows every figure shown, how many people were asked, and the rule, and works out what a cell can be."""

from collections import deque
from collections.abc import Sequence

Box = list[list[tuple[int, int]]]


def propagate(cells: Box, rows: Sequence[int], columns: Sequence[tuple[int, int]]) -> Box:
    """Bounds of each cell tightened until nothing moves: a row has at most `rows` people, a column a sum in bounds."""
    found = [list(row) for row in cells]
    moved = True
    while moved:
        moved = False
        for i, row in enumerate(found):
            for j, (low, high) in enumerate(row):
                others = sum(cell[0] for k, cell in enumerate(row) if k != j)
                column = [line[j] for k, line in enumerate(found) if k != i]
                top = min(high, rows[i] - others, columns[j][1] - sum(cell[0] for cell in column))
                bottom = max(low, columns[j][0] - sum(cell[1] for cell in column))
                if (bottom, top) != (low, high):
                    row[j], moved = (bottom, top), True
    return found


def possible(cells: Box, rows: Sequence[int], columns: Sequence[tuple[int, int]]) -> bool:
    """Whether any whole-number table fits: exact, by a flow from columns through cells to rows."""
    width = len(columns)
    base = [sum(row[j][0] for row in cells) for j in range(width)]
    need = [max(0, low - found) for (low, _), found in zip(columns, base, strict=True)]
    room = [high - found for (_, high), found in zip(columns, base, strict=True)]
    spare = [people - sum(cell[0] for cell in row) for people, row in zip(rows, cells, strict=True)]
    if min([*room, *spare], default=0) < 0 or any(n > r for n, r in zip(need, room, strict=True)):
        return False
    if any(high < low for row in cells for low, high in row):
        return False
    capacity = [[high - low for low, high in row] for row in cells]
    used = [[0] * width for _ in cells]
    return all(_push(capacity, used, spare, j) for j in range(width) for _ in range(need[j]))


def _push(capacity: list[list[int]], used: list[list[int]], spare: list[int], start: int) -> bool:
    """One more person into column `start`, moving others about where that makes room."""
    came: dict[tuple[str, int], tuple[str, int] | None] = {("column", start): None}
    queue = deque([("column", start)])
    while queue:
        kind, index = node = queue.popleft()
        if kind == "row" and spare[index] > 0:
            spare[index] -= 1
            _settle(used, came, node)
            return True
        steps = (
            [("row", i) for i in range(len(used)) if used[i][index] < capacity[i][index]]
            if kind == "column"
            else [("column", j) for j in range(len(used[index])) if used[index][j]]
        )
        for step in steps:
            if step not in came:
                came[step] = node
                queue.append(step)
    return False


def _settle(
    used: list[list[int]], came: dict[tuple[str, int], tuple[str, int] | None], node: tuple[str, int]
) -> None:  # fmt: skip
    while before := came[node]:
        if node[0] == "row":
            used[node[1]][before[1]] += 1
        else:
            used[before[1]][node[1]] -= 1
        node = before
