"""When so many people leave that somebody has to say their number, and whether they said it. Pure."""

import re

# Thousands as people type them, in whichever language: 5.000, 5,000, 5 000, 5’000, 1,00,000.
_NUMBER = re.compile(r"\d+(?:(?:[.,'’\s]\d{2,3})*[.,'’\s]\d{3})?")


def many(leavers: int, active: int) -> bool:
    """More than a tenth of the staff: probably a partial file, or a list that was not narrowed."""
    return leavers * 10 > active > 0


def says(typed: str, number: int) -> bool:
    """Whether somebody typed this number, however they group its digits."""
    text = typed.strip()
    if len(text) > 20 or not _NUMBER.fullmatch(text):
        return False
    return int("".join(char for char in text if char.isdecimal())) == number
