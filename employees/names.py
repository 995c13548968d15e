"""Names of places for people, from CLDR."""

from functools import lru_cache

from babel import Locale


@lru_cache(maxsize=40)
def _territories(language: str) -> dict[str, str]:
    return dict(Locale.parse(language.replace("-", "_")).territories)


def country_name(code: str, language: str = "en") -> str:
    """The country's name in the language; the code itself where CLDR has none."""
    return _territories(language).get(code[:2], code)
