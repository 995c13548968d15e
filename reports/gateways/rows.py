"""Rows for the engine of annexes: JSON lines, one at a time."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_rows(path: str, rows: Iterable[Sequence[str]]) -> int:
    """Returns how many there were."""
    count = 0
    with Path(path).open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count
