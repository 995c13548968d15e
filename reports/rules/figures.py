"""Counts of people. A person asked about several policies has one outcome: the one furthest from confirmed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import date

from compliance.catalogue.rules import Answer, Outcome, outcome

# The outcome of a person is the least of what was asked. `COUNTED` is an answer whose outcome is not published yet; who
# has given one is counted and nothing else, whatever else was asked.
UNANSWERED, COUNTED, OPEN, DECLINED, CONFIRMED = range(5)
RANKS = {Outcome.OPEN: OPEN, Outcome.DECLINED: DECLINED, Outcome.CONFIRMED: CONFIRMED}
OUTCOME_CELLS = ("confirmed", "declined", "open", "counted")


def fold() -> dict[int, list[str]]:
    """Rank → the answers that count as it."""
    found: dict[int, list[str]] = {}
    for answer in Answer:
        found.setdefault(RANKS[outcome(answer)], []).append(answer.value)
    return found


@dataclass(frozen=True)
class Figures:
    """Counts of people.

    `asked` = confirmed + declined + open + counted + unanswered; it excludes `informed`, who were told and not asked.
    `counted`: answered where answers are counted and not kept by name, and not published yet. `offered`: offered an
    optional step, asked or not; `taken`: of those, who say that they took it. `reached`: a mail to them was accepted
    and did not come back; `unclear`: whether one arrived is not known.
    """

    asked: int = 0
    confirmed: int = 0
    declined: int = 0
    open: int = 0
    counted: int = 0
    informed: int = 0
    offered: int = 0
    taken: int = 0
    reached: int = 0
    unclear: int = 0

    @property
    def answered(self) -> int:
        return self.confirmed + self.declined + self.open + self.counted

    @property
    def unanswered(self) -> int:
        return self.asked - self.answered

    @property
    def response_rate(self) -> float | None:
        """answered / asked, 0 to 1; None when nobody was asked."""
        return self.answered / self.asked if self.asked else None

    @property
    def readiness(self) -> float | None:
        """confirmed / asked, 0 to 1; None when nobody was asked."""
        return self.confirmed / self.asked if self.asked else None

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Row:
    """One line of a table. `codes` has several where small groups were merged."""

    codes: tuple[str, ...]
    figures: Figures

    @property
    def merged(self) -> bool:
        return len(self.codes) > 1


Days = Mapping[date, Counter[int]]


@dataclass(frozen=True)
class Tally:
    """Exact counts of a campaign at an instant: the input of `protect`, never shown as they are.

    `days`: region → day (UTC) → how many people gave the answer that stands then, by rank. `policies`: policy version
    id → figures of that version alone.
    """

    total: Figures = Figures()
    regions: Mapping[str, Figures] = field(default_factory=dict)
    departments: Mapping[str, Figures] = field(default_factory=dict)
    languages: Mapping[str, Figures] = field(default_factory=dict)
    policies: Mapping[int, Figures] = field(default_factory=dict)
    days: Mapping[str, Days] = field(default_factory=dict)


def with_published(tally: Tally, published: Mapping[str, Counter[Outcome]]) -> Tally:
    """Outcomes of counted answers that have been published, put where they belong: by region, and in the total.

    Departments and languages keep them as `counted`: what was published says the country and nothing else.
    """
    regions = {code: _published(found, published.get(code)) for code, found in tally.regions.items()}
    return replace(tally, regions=regions, total=sum(regions.values(), Figures())) if published else tally


def _published(figures: Figures, outcomes: Counter[Outcome] | None) -> Figures:
    if not outcomes:
        return figures
    shown = [outcomes[kind] for kind in (Outcome.CONFIRMED, Outcome.DECLINED, Outcome.OPEN)]
    return replace(
        figures,
        confirmed=figures.confirmed + shown[0],
        declined=figures.declined + shown[1],
        open=figures.open + shown[2],
        counted=max(0, figures.counted - sum(shown)),
    )


def cumulative(days: Iterable[Days], ranks: frozenset[int]) -> list[tuple[date, int]]:
    """(day, people so far) for the ranks wanted, in order of days."""
    total: Counter[date] = Counter()
    for found in days:
        for day, counts in found.items():
            total[day] += sum(counts[rank] for rank in ranks)
    so_far, line = 0, []
    for day in sorted(total):
        so_far += total[day]
        line.append((day, so_far))
    return line
