"""Numbers, shares and days as the active language writes them: CLDR's way, the house's own in English."""

from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from django.utils.translation import get_language

_LOCALES = {"en": "en_GB", "pt": "pt_PT"}  # CLDR's defaults are the United States and Brazil


def locale() -> Locale:
    return _locale(get_language() or "en")


@lru_cache(maxsize=40)
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language) or language.replace("-", "_"))


def number(value: int) -> str:
    """With the separators of the language."""
    return str(format_decimal(value, locale=locale()))


def signed(value: int) -> str:
    """A difference: "+5", "−1,200", "±0"."""
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return sign + number(abs(value))


def percent(share: str) -> str:
    """A share as `reports.rules` writes it ("62 %", "<17 %", "–") with the sign where the language has it."""
    digits, sign, _rest = share.partition(" %")
    return digits + _percent_sign(get_language() or "en") if sign else share


@lru_cache(maxsize=40)
def _percent_sign(language: str) -> str:
    return " %" if language == "en" else str(format_percent(0.5, locale=_locale(language))).removeprefix("50")


def day(value: date) -> str:
    """For example "3 November 2025"."""
    return str(format_date(value, "long", locale=locale()))


def short_day(value: date) -> str:
    """For example "3 Nov 2025"."""
    return str(format_date(value, "medium", locale=locale()))


def moment(instant: datetime | None) -> str:
    """Short day and time of 24 hours, as the clock of `instant` has them; "–" for none."""
    return _joined(short_day(instant), instant) if instant else "–"


def long_moment(instant: datetime) -> str:
    return _joined(day(instant), instant)


def _joined(words: str, instant: datetime) -> str:
    known = locale()
    time = format_datetime(instant.replace(tzinfo=None), known.datetime_skeletons["Hm"].pattern, locale=known)
    return str(known.datetime_formats["medium"]).replace("{1}", words).replace("{0}", str(time))
