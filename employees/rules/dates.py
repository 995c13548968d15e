"""Dates as people write them in a column of a file."""

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

UNREAD = "?"  # what a cell means that says something, but no date that can be relied on
_NUMBERS = re.compile(r"(\d{1,4})\s*[./\-年]\s*(\d{1,2})\s*[./\-月]\s*(\d{1,4})\s*[日.]?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}.*$")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar january janvier enero gennaio januari",
            "feb februar february fevrier febrero febbraio februari",
            "mar mrz marz march mars marzo maart",
            "apr april avril abril aprile",
            "may mai mayo maggio mei",
            "jun june juni juin junio giugno",
            "jul july juli juillet julio luglio",
            "aug august aout agosto augustus",
            "sep sept september septembre septiembre settembre",
            "oct okt october oktober octobre octubre ottobre",
            "nov november novembre noviembre",
            "dec dez december dezember decembre diciembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
_WITH_MONTH = re.compile(r"(\d{1,4})[ .\-/]+([^\W\d_]+)\.?[ ,.\-/]+(\d{1,4})|([^\W\d_]+)\.? +(\d{1,2}),? +(\d{4})")


class DateOrder(StrEnum):
    """What comes first where a date is written in three numbers; a year in front needs no order."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    UNKNOWN = "unknown"


def _parts(text: str) -> tuple[int, int, int] | None:
    value = _TIME.sub("", text.strip())
    match = _NUMBERS.fullmatch(value) or _COMPACT.fullmatch(value)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _short_year(parts: tuple[int, int, int], value: str) -> bool:
    """Two digits for a year with hyphens, as in 24-01-15: the year may stand at either end."""
    return parts[2] < 100 and "-" in value


def date_order(values: Iterable[str]) -> DateOrder:
    """What a column as a whole says: one value with a part above 12 settles it, dots mean day first.

    Values that contradict each other settle nothing.
    """
    seen: set[DateOrder] = set()
    for value in values:
        parts = _parts(value)
        if parts is None or parts[0] > 31 or _short_year(parts, value):
            continue
        first, second, _ = parts
        if first > 12 or ("." in _TIME.sub("", value) and second <= 12):
            seen.add(DateOrder.DAY_FIRST)
        elif second > 12:
            seen.add(DateOrder.MONTH_FIRST)
    return seen.pop() if len(seen) == 1 else DateOrder.UNKNOWN


def iso_date(text: str, order: DateOrder) -> str:
    """The date as YYYY-MM-DD; "" when the text is no date, or one of a column that does not show its order."""
    numbers = _parts(text)
    if numbers is not None:
        first, second, third = numbers
        if first > 31:
            return _iso(first, second, third)
        if _short_year(numbers, text):
            return ""
        if order is DateOrder.DAY_FIRST:
            return _iso(third, second, first)
        return _iso(third, first, second) if order is DateOrder.MONTH_FIRST else ""
    match = _WITH_MONTH.fullmatch(_TIME.sub("", text.strip()))
    if match is None:
        return ""
    day, name, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
    month = _MONTHS.get(name.casefold().translate(str.maketrans("äéèûçó", "aeeuco")), 0)
    return _iso(int(day), month, int(year)) if int(day) > 31 else _iso(int(year), month, int(day))


def _iso(year: int, month: int, day: int) -> str:
    full = year + (2000 if year < 70 else 1900) if year < 100 else year
    try:
        return date(full, month, day).isoformat()
    except ValueError:
        return ""
