"""Two sets of figures side by side. Each is protected by itself: shown here is what each report shows alone.

A difference of two shown values is a multiple of the step, as both are, so it tells nothing that the two do not. Rows
stand side by side only where they hold the same groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.rules.disclosure import share
from reports.rules.figures import Figures, Row


@dataclass(frozen=True)
class Pair:
    """One line of a comparison; None where the other side has no such row."""

    codes: tuple[str, ...]
    earlier: Figures | None
    later: Figures | None

    @property
    def merged(self) -> bool:
        return len(self.codes) > 1

    @property
    def both(self) -> bool:
        return self.earlier is not None and self.later is not None


def side_by_side(earlier: Sequence[Row], later: Sequence[Row]) -> list[Pair]:
    """In the order of the later table, then what only the earlier one has."""
    before = {row.codes: row.figures for row in earlier}
    pairs = [Pair(row.codes, before.pop(row.codes, None), row.figures) for row in later]
    return pairs + [Pair(codes, figures, None) for codes, figures in before.items()]


def difference(earlier: int, later: int, step: int) -> int | None:
    """Between two counts of answers as they are shown; None where one of them is no number ("<5")."""
    return later - earlier if step == 1 or (earlier and later) else None


def points(earlier: Figures, later: Figures, step: int = 1) -> int | None:
    """Percentage points between the shares as they are shown; None where one of them is no number ("–", "<17 %")."""
    shares = [share(side.confirmed, side.asked, step).removesuffix(" %") for side in (earlier, later)]
    return int(shares[1]) - int(shares[0]) if all(text.isdecimal() for text in shares) else None
