"""A plan as its page shows it: one kind of line at a time, narrowed by words, a hundred to a page."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from employees.lines import lines_of, slice_of
from employees.models import RosterImport
from employees.rules.plan import Kind, Line

PAGE = 100
MOVE = "move"  # changes that take a person to another region
# What needs somebody first.
_ORDER = ("review", "rejected", "leaver", "change", "joiner")
_COUNTED = {"joiner": "joiners", "change": "changes", "leaver": "leavers", MOVE: "region_moves"}


@dataclass(frozen=True)
class PlanPage:
    """`number` counts from 1; `found` are the lines of this kind that match `words`."""

    kind: str
    words: str
    number: int
    found: int
    lines: list[Line]

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE))

    @property
    def previous(self) -> int:
        return self.number - 1 if self.number > 1 else 0

    @property
    def next(self) -> int:
        return self.number + 1 if self.number < self.pages else 0


def plan_page(roster_import: RosterImport, asked: Mapping[str, str]) -> PlanPage:
    """The page that `show`, `q` and `page` ask for; what needs somebody first when nothing is asked for."""
    counts = roster_import.counts
    kinds = (*_ORDER, MOVE)
    kind = asked.get("show", "")
    if kind not in kinds:
        kind = next((name for name in _ORDER if counts.get(_COUNTED.get(name, name))), "joiner")
    words = asked.get("q", "").replace("\0", "").strip()
    page = asked.get("page", "")[:7]
    number = max(1, int(page)) if page.isdecimal() else 1
    start = (number - 1) * PAGE
    if words or kind == MOVE:
        matching = list(_matching(roster_import, kind, words.casefold()))
        return PlanPage(kind, words, number, len(matching), matching[start : start + PAGE])
    found = counts.get(_COUNTED.get(kind, kind), 0)
    return PlanPage(kind, words, number, found, slice_of(roster_import, Kind(kind), start, start + PAGE))


def _matching(roster_import: RosterImport, kind: str, words: str) -> Iterator[Line]:
    for line in lines_of(roster_import, Kind.CHANGE if kind == MOVE else Kind(kind)):
        if kind == MOVE and not line.moved:
            continue
        if words in " ".join((line.name, line.email, line.reason, *(line.after or line.before or ()))).casefold():
            yield line


@dataclass(frozen=True)
class Unclear:
    """A word for a place that nobody has settled, and how many rows say it."""

    written: str
    rows: int
    reason: str


def unclear_places(roster_import: RosterImport) -> list[Unclear]:
    """Most rows first; rows whose place is empty are not among them."""
    seen: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    for line in lines_of(roster_import, Kind.REVIEW):
        if line.place:
            seen[line.place] += 1
            reasons[line.place] = line.reason
    return [Unclear(written, rows, reasons[written]) for written, rows in seen.most_common(200)]
