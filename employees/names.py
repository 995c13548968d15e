"""Names of places for people, from CLDR."""

import unicodedata
from functools import lru_cache

from babel import Locale

# What people call them. CLDR has these as short names, which Babel leaves out.
_SHORT = {
    "HK": {
        "en": "Hong Kong", "cs": "Hongkong", "da": "Hongkong", "de": "Hongkong", "el": "Χονγκ Κονγκ", "es": "Hong Kong",
        "fi": "Hongkong", "fr": "Hong Kong", "hu": "Hongkong", "it": "Hong Kong", "ja": "香港", "nl": "Hongkong",
        "pl": "Hongkong", "pt": "Hong Kong", "ro": "Hong Kong", "sv": "Hongkong", "zh": "香港",
    },
    "MO": {
        "en": "Macao", "cs": "Macao", "da": "Macao", "de": "Macau", "el": "Μακάο", "es": "Macao", "fi": "Macao",
        "fr": "Macao", "hu": "Makaó", "it": "Macao", "ja": "マカオ", "nl": "Macau", "pl": "Makau", "pt": "Macau",
        "ro": "Macao", "sv": "Macao", "zh-hant": "澳門", "zh": "澳门",
    },
}  # fmt: skip


@lru_cache(maxsize=40)
def _territories(language: str) -> dict[str, str]:
    # Portugal's names for countries: CLDR's default is Brazil's.
    names = dict(Locale.parse("pt_PT" if language == "pt" else language.replace("-", "_")).territories)
    for code, known in _SHORT.items():
        names[code] = known.get(language) or known.get(language.partition("-")[0]) or names.get(code, code)
    return names


# CLDR's codes that are no country of their own.
NO_COUNTRY = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


def _countries() -> dict[str, str]:
    return {code: name for code, name in _territories("en").items() if len(code) == 2 and code not in NO_COUNTRY}


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


def places_in_sentences() -> dict[str, str]:
    """Every country as it stands after "in", by code."""
    return {code: country_in_sentence(code) for code in _countries()}


@lru_cache(maxsize=40)
def country_choices(language: str = "en") -> list[tuple[str, str]]:
    """(code, name) of every country in the language, by name as a reader looks it up: É among E."""
    pairs = [(code, country_name(code, language)) for code in _countries()]
    return sorted(pairs, key=lambda item: (unicodedata.normalize("NFKD", item[1]).casefold(), item[0]))


def region_name(country: str, subdivision: str = "", language: str = "en") -> str:
    """For example California, United States; Switzerland (CH-ZH); or the country alone."""
    name = country_name(country, language)
    if state := us_states().get(subdivision.removeprefix("US-")) if subdivision.startswith("US-") else None:
        return f"{state}, {name}"
    return f"{name} ({subdivision})" if subdivision else name


_US_STATES = (
    "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware"
    "|DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas"
    "|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi"
    "|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York"
    "|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island"
    "|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington"
    "|WV West Virginia|WI Wisconsin|WY Wyoming"
)


@lru_cache(maxsize=1)
def us_states() -> dict[str, str]:
    """The states of the US and the District of Columbia by their two-letter code; CLDR's package has none."""
    return dict(item.split(" ", 1) for item in _US_STATES.split("|"))


@lru_cache(maxsize=1)
def _codes_in_english() -> dict[str, str]:
    return {word: code for code in _countries() for word in (country_name(code), country_in_sentence(code))}


def place_said(english: str, language: str) -> str | None:
    """A country, or several with commas, in the language; None where it is not a list of countries in English."""
    codes = [_codes_in_english().get(part) for part in english.split(", ")]
    return ", ".join(country_name(code, language) for code in codes if code) if all(codes) else None
