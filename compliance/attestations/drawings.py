"""A small drawing of the way to a setting: one box a menu, the switch at the end. Geometry in a 320-wide SVG."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 320
INDENT = 14
LETTER = 7.4  # of the width that a Latin letter takes at 14 px, at most; East Asian ones take two
LINE = 18
PAD = 10
GAP = 8
SWITCH = 58  # room for the switch at the end of its box


@dataclass(frozen=True)
class Line:
    text: str
    y: int


@dataclass(frozen=True)
class Box:
    """`x`, `y`, `width`, `height` of a box, its words, and where the line from the box above begins and ends."""

    x: int
    y: int
    width: int
    height: int
    lines: tuple[Line, ...]
    is_switch: bool
    from_y: int

    @property
    def text_x(self) -> int:
        return self.x + 12

    @property
    def middle(self) -> int:
        return self.y + self.height // 2

    @property
    def end(self) -> int:
        return self.x + self.width - 16

    @property
    def line_x(self) -> int:
        return self.x - INDENT // 2


@dataclass(frozen=True)
class Path:
    boxes: tuple[Box, ...]
    height: int
    words: str


def path(labels: Sequence[str]) -> Path | None:
    """The boxes for a way whose last label is the switch's; None for a way of one step, which needs no drawing."""
    if len(labels) < 2:
        return None
    boxes: list[Box] = []
    y = 1
    for number, label in enumerate(labels):
        is_switch = number == len(labels) - 1
        x = 1 + INDENT * number
        width = WIDTH - 2 - INDENT * number
        rows = wrapped(label, int((width - 24 - (SWITCH if is_switch else 16)) / LETTER))
        height = 2 * PAD + LINE * len(rows)
        lines = tuple(Line(text, y + PAD + 14 + LINE * row) for row, text in enumerate(rows))
        above = boxes[-1].y + boxes[-1].height if boxes else y
        boxes.append(Box(x, y, width, height, lines, is_switch, above))
        y += height + GAP
    return Path(tuple(boxes), y - GAP + 1, " › ".join(labels))


def _wide(sign: str) -> int:
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def wrapped(text: str, room: int) -> list[str]:
    """The text in lines of so many letters; a word longer than a line is cut, East Asian text anywhere."""
    lines, line, taken = [], "", 0
    for word in _pieces(text):
        long = sum(map(_wide, word))
        if line.strip() and taken + long > room:
            lines.append(line.strip())
            line, taken = "", 0
        cut = [word[start : start + room] for start in range(0, len(word), room)] if long > room else [word]
        lines += cut[:-1]
        line, taken = line + cut[-1], taken + sum(map(_wide, cut[-1]))
    return [*lines, line.strip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for word in text.split():
        wide = any(_wide(sign) == 2 for sign in word)
        pieces += [*word] if wide else [word]
        pieces.append(" ")
    return pieces[:-1]
