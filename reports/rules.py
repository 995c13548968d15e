"""Figures, findings and chart geometry. Pure: counts in, words and numbers out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from enum import StrEnum

from compliance.catalogue.rules import Answer, Outcome, overall


class ReportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Person:
    """One invited person: the answers ("" for none) to what was asked, and to what was offered as an extra.

    Neither means that the person was told and not asked. `counted`: there is an answer, which was counted without a
    name and not published yet.
    """

    country: str
    asked: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    counted: bool = False


@dataclass(frozen=True)
class Figures:
    """Counts of people. `asked` excludes `informed`, who were told and not asked. `counted` answered without a name,
    and what they answered is not published yet.

    `offered` counts people who were offered an optional step, asked or not; `taken` those who say that they took it.
    """

    asked: int = 0
    confirmed: int = 0
    declined: int = 0
    open: int = 0
    informed: int = 0
    offered: int = 0
    taken: int = 0
    counted: int = 0

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


def count(people: Iterable[Person]) -> Figures:
    outcomes: Counter[Outcome] = Counter()
    informed = offered = taken = counted = 0
    for person in people:
        if person.counted:
            counted += 1
        elif person.asked:
            outcomes[overall(person.asked)] += 1
        elif not person.offered:
            informed += 1
        offered += bool(person.offered)
        taken += bool(person.offered) and overall(person.offered) is Outcome.CONFIRMED
    confirmed, declined, unsettled = (outcomes[key] for key in (Outcome.CONFIRMED, Outcome.DECLINED, Outcome.OPEN))
    asked = outcomes.total() + counted
    return Figures(asked, confirmed, declined, unsettled, informed, offered, taken, counted)


_AS_ANSWERED = {
    Outcome.CONFIRMED: Answer.SWITCHED_OFF_NOW,
    Outcome.DECLINED: Answer.PREFER_NOT_TO_SAY,
    Outcome.OPEN: Answer.NEED_HELP,
}


def with_published(people: Sequence[Person], published: Mapping[str, Mapping[Outcome, int]]) -> list[Person]:
    """Spreads the published outcomes of a country over its counted people. Which of them gets which says nothing: they
    have no names here, and the tally has none."""
    waiting = {code: list(Counter(counts).elements()) for code, counts in published.items()}
    spread = []
    for person in people:
        if person.counted and waiting.get(person.country):
            answer = _AS_ANSWERED[waiting[person.country].pop()]
            spread.append(replace(person, asked=(answer.value,), counted=False))
        else:
            spread.append(person)
    return spread


# --- By region, with small groups merged ---------------------------------------------------------------------------


@dataclass(frozen=True)
class RegionRow:
    """One line of the by-region table. `codes` has several countries where small ones were merged."""

    codes: tuple[str, ...]
    figures: Figures

    @property
    def merged(self) -> bool:
        return len(self.codes) > 1


def by_region(people: Sequence[Person], minimum_cell: int) -> list[RegionRow]:
    """Figures per country, most people first; countries with fewer than `minimum_cell` people asked are merged.

    When the merged group is still too small, the next smallest country joins it, so that no small group can be
    had by subtraction from the total. Countries where everybody is informed only hold no answers and stand alone.
    """
    groups: dict[str, list[Person]] = {}
    for person in people:
        groups.setdefault(person.country, []).append(person)
    rows = [RegionRow((code,), count(found)) for code, found in groups.items()]
    rows.sort(key=lambda row: (-row.figures.asked, -row.figures.informed, row.codes))
    told = [row for row in rows if not row.figures.asked]
    large = [row for row in rows if row.figures.asked >= minimum_cell]
    small = [row for row in rows if 0 < row.figures.asked < minimum_cell]
    merged = Figures()
    for row in small:
        merged += row.figures
    while small and merged.asked < minimum_cell and large:
        small.insert(0, large.pop())
        merged += small[0].figures
    if not small:
        return large + told
    codes = tuple(sorted(code for row in small for code in row.codes))
    return [*large, RegionRow(codes, merged), *told]


# --- Words ---------------------------------------------------------------------------------------------------------


def percent(share: float | None) -> str:
    """A whole percentage; "–" when there is nothing to divide. 100 % and 0 % are kept for exactly all and none."""
    if share is None:
        return "–"
    rounded = round(share * 100)
    if rounded == 100 and share < 1:
        rounded = 99
    elif rounded == 0 and share > 0:
        rounded = 1
    return f"{rounded} %"


@dataclass(frozen=True)
class Named:
    """A by-region row with its name for people; `countries` lists what a merged row holds."""

    name: str
    row: RegionRow
    countries: str = ""
    place: str = ""  # as it stands after "in"

    @property
    def share(self) -> str:
        return percent(self.row.figures.readiness)


def _single(regions: Sequence[Named]) -> list[Named]:
    """Countries that stand for themselves: a sentence names no mixed group."""
    return [item for item in regions if item.row.figures.asked and not item.row.merged]


def headline(total: Figures, regions: Sequence[Named]) -> str:
    """The one sentence on top: how far, and who is furthest behind."""
    if not total.asked:
        return "Nobody has been asked yet."
    text = f"{percent(total.readiness)} of {total.asked:,} people asked have confirmed"
    ranked = sorted(_single(regions), key=lambda item: item.row.figures.readiness or 0)
    if len(ranked) > 1 and (ranked[0].row.figures.readiness or 0) < (total.readiness or 0):
        last = ranked[0]
        text += f"; the lowest share is in {last.place}, at {percent(last.row.figures.readiness)}"
    return f"{text}."


def findings(total: Figures, regions: Sequence[Named], start: date | None, on: date) -> list[str]:
    """Plain sentences computed from the figures, most important first."""
    if not total.asked:
        return ["Nobody has been asked yet, so there is nothing to report."]
    found = [
        f"{total.confirmed:,} of {total.asked:,} people asked say that it is off, or that they have no account.",
        f"{total.answered:,} people answered ({percent(total.response_rate)}); {total.unanswered:,} have not.",
    ]
    if total.declined:
        found.append(f"{total.declined:,} people keep the setting on or would rather not say. That is their choice.")
    if total.open:
        found.append(f"{total.open:,} people need help or cannot find the setting.")
    if total.informed:
        found.append(
            f"{total.informed:,} people were informed and not asked, because local law protects personal accounts."
        )
    if total.offered:
        text = f"{total.offered:,} people were offered an optional step; {total.taken:,} say that they took it."
        found.append(text)
    behind = max(_single(regions), key=lambda item: item.row.figures.unanswered, default=None)
    if behind and behind.row.figures.unanswered:
        figures = behind.row.figures
        found.append(f"Most answers are outstanding in {behind.place}: {figures.unanswered:,} of {figures.asked:,}.")
    if start and on >= start:
        found.append(f"The change has been in effect for {(on - start).days:,} days; an opt-out does not reach back.")
    elif start:
        found.append(f"The change takes effect in {(start - on).days:,} days.")
    return found


# --- Chart: one bar a region, split by outcome -----------------------------------------------------------------------

# Colours of the light theme, as attributes: on screen the stylesheet overrides them, in a PDF they are what is drawn.
_INK = {"confirmed": "#0f766e", "declined": "#64748b", "open": "#f2b84b", "unanswered": "#e4e9ef"}


@dataclass(frozen=True)
class Segment:
    """`x` and `width` are percentages of the bar, written out so that no locale puts a comma into an SVG."""

    outcome: str
    x: str
    width: str
    ink: str


@dataclass(frozen=True)
class Bar:
    name: str
    figures: Figures
    readiness: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Chart:
    title: str
    subtitle: str
    bars: tuple[Bar, ...]


def region_chart(total: Figures, regions: Sequence[Named]) -> Chart:
    """A bar per region where somebody was asked; each bar is the whole of its region."""
    shown = [item for item in regions if item.row.figures.asked]
    bars = tuple(Bar(item.name, item.row.figures, percent(item.row.figures.readiness), _bar(item)) for item in shown)
    title = "Nobody has been asked yet"
    if shown:
        most = max(_single(shown) or shown, key=lambda item: item.row.figures.unanswered)
        title = f"Most answers are outstanding in {most.place}" if total.unanswered else "Everybody asked has answered"
    return Chart(title, "People asked, by region and latest answer. Each bar is the whole of its region.", bars)


def _bar(item: Named) -> tuple[Segment, ...]:
    figures, x, segments = item.row.figures, 0.0, []
    for name, ink in _INK.items():
        width = 100 * getattr(figures, name) / figures.asked
        if width:
            segments.append(Segment(name, f"{x:.2f}", f"{width:.2f}", ink))
        x += width
    return tuple(segments)
