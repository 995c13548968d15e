"""Geometry of the charts, as numbers written out so that no locale puts a comma into an SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reports.rules.disclosure import cell, on_grid, share
from reports.rules.figures import Figures, Row
from reports.rules.tiles import PLACES

# Colours of the light theme, as attributes: on screen the stylesheet overrides them, in a PDF they are what is drawn.
INK = {
    "confirmed": "#0f766e", "declined": "#64748b", "open": "#f2b84b", "counted": "#93b8d8", "unanswered": "#e4e9ef",
}  # fmt: skip
SHADES = ("#d3e8e4", "#a3d0c9", "#6fb5ab", "#3c958b", "#0f766e")  # a fifth of readiness each
_NOBODY = "#f1f4f7"


@dataclass(frozen=True)
class Segment:
    """`x` and `width` are percentages of the bar."""

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


def bars(named: Sequence[tuple[str, Row]], step: int) -> tuple[Bar, ...]:
    """A bar per row where somebody was asked; each bar is the whole of its row."""
    found = [(name, row.figures) for name, row in named if row.figures.asked]
    return tuple(Bar(name, figures, _readiness(figures, step), _bar(figures)) for name, figures in found)


def _readiness(figures: Figures, step: int) -> str:
    """A share; of too few their number, "<5", beside which "of 9" stands: "<56 %" would look high."""
    return cell(figures.confirmed, figures.asked, step) or share(figures.confirmed, figures.asked, step)


def _bar(figures: Figures) -> tuple[Segment, ...]:
    x, segments = 0.0, []
    for name, ink in INK.items():
        width = 100 * getattr(figures, name) / figures.asked
        if width:
            segments.append(Segment(name, f"{x:.2f}", f"{width:.2f}", ink))
        x += width
    return tuple(segments)


@dataclass(frozen=True)
class Curve:
    """A line that only rises, in a box of `width` × `height`. `marks` are (x, label) of days that matter.

    `step` is the path of the line, `area` the same closed at the bottom; `last` where it ends.
    """

    width: int
    height: int
    step: str
    area: str
    last: tuple[str, str]
    end: int
    first_day: date
    last_day: date
    marks: tuple[tuple[str, date], ...]
    top: int


def curve(
    line: Sequence[tuple[date, int]],
    *,
    asked: int,
    shown: int,
    step: int,
    span: tuple[date, date],
    marks: Sequence[date] = (),
    size: tuple[int, int] = (480, 150),
) -> Curve:
    """How many people so far, of `asked`, in steps of `step`; it ends at `shown`, whatever the days before say.

    `span` is the first and last day of the axis; marks outside it are left out.
    """
    width, height = size
    first, last = span[0], max(span[1], span[0] + timedelta(days=1))
    days = (last - first).days

    def x(day: date) -> float:
        return width * min(max((day - first).days, 0), days) / days

    points, level = [(0.0, 0)], 0
    for day, so_far in line:
        value = min(on_grid(so_far, step), shown)
        if value > level:
            points += [(x(day), level), (x(day), value)]
            level = value
    if level < shown:
        points += [(x(last), shown)]
    points.append((x(last), shown))
    path = "M" + " L".join(f"{px:.1f},{height - height * value / max(asked, 1):.1f}" for px, value in points)
    return Curve(
        width=width,
        height=height,
        step=path,
        area=f"{path} L{width:.1f},{height} L0,{height} Z",
        last=(f"{width:.1f}", f"{height - height * shown / max(asked, 1):.1f}"),
        end=shown,
        first_day=first,
        last_day=last,
        marks=tuple((f"{x(day):.1f}", day) for day in sorted(set(marks)) if first <= day <= last),
        top=asked,
    )


@dataclass(frozen=True)
class Tile:
    """A country as a square of a map. `told`: its people were informed and not asked; `small`: merged with others."""

    code: str
    x: int
    y: int
    ink: str
    text: str
    told: bool = False
    small: bool = False


TILE = 20


def tile_map(rows: Sequence[Row], step: int) -> tuple[Tile, ...]:
    """Every country that has a place on the map: shaded by readiness, pale where the campaign concerns nobody."""
    known: Mapping[str, Row] = {code: row for row in rows for code in row.codes}
    found = []
    for code, (column, line) in PLACES.items():
        row = known.get(code)
        x, y = column * TILE, line * TILE
        if row is None:
            found.append(Tile(code, x, y, _NOBODY, "#b8c2cc"))
        elif not row.figures.asked:
            found.append(Tile(code, x, y, "#dbe7f3", "#16202b", told=True))
        else:
            shade = min(4, 5 * row.figures.confirmed // row.figures.asked)
            ink = SHADES[shade]
            text = "#ffffff" if shade > 2 else "#16202b"
            found.append(Tile(code, x, y, ink, text, small=row.merged))
    return tuple(found)


def off_the_map(rows: Sequence[Row]) -> list[str]:
    """Countries with people that have no tile."""
    return sorted({code for row in rows for code in row.codes if code not in PLACES})
