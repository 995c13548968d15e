"""Names of places for people, from CLDR."""

from functools import lru_cache

from babel import Locale


@lru_cache(maxsize=40)
def _territories(language: str) -> dict[str, str]:
    return dict(Locale.parse(language.replace("-", "_")).territories)


def country_name(code: str, language: str = "en") -> str:
    """The country's name in the language; the code itself where CLDR has none."""
    return _territories(language).get(code[:2], code)


# English names that take an article in a sentence.
_WITH_ARTICLE = frozenset(
    "AE BS CC CD CF CG DO FK FO GB GM IM KM KY MH MP MV NL PH PN SB SC TC TF UM US VA VG VI".split()  # noqa: SIM905
)


def country_in_sentence(code: str) -> str:
    """As it stands after "in", in English: "the United Kingdom", "Germany"."""
    name = country_name(code)
    return f"the {name}" if code[:2] in _WITH_ARTICLE else name


def region_name(country: str, subdivision: str = "", language: str = "en") -> str:
    """For example United States (US-CA), or the country alone."""
    name = country_name(country, language)
    return f"{name} ({subdivision})" if subdivision else name
