"""Whether a colour can be read: contrast as WCAG 2.2 computes it (relative luminance, 1.4.3)."""

import re

ENOUGH = 4.5
WHITE, BLACK, PAPER_DARK = "#ffffff", "#000000", "#0f151c"


def is_colour(text: str) -> bool:
    return re.fullmatch(r"#[0-9a-f]{6}", text) is not None


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def luminance(colour: str) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """With so much of the other, from 0 to 1."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#{:02x}{:02x}{:02x}".format(*(round(255 * (one + (two - one) * share)) for one, two in pairs))


def readable(colour: str, on: str, least: float = ENOUGH) -> str:
    """The colour, brought towards white or black until it reaches `least` on `on`."""
    target = WHITE if luminance(on) < 0.5 else BLACK
    steps = (mixed(colour, target, step / 100) for step in range(101))
    return next((found for found in steps if contrast(found, on) >= least), target)
