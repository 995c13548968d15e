"""Regions as people write them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """ISO 3166-1 alpha-2 country, and the ISO 3166-2 subdivision where the file named one."""

    country: str
    subdivision: str = ""

    def __str__(self) -> str:
        return self.subdivision or self.country


@dataclass(frozen=True)
class RegionIndex:
    """Every spelling we know, folded by `fold`. Built at set-up from CLDR and `data/region_input.yaml`."""

    names: Mapping[str, str]
    ambiguous: Mapping[str, Sequence[str]]
    countries: frozenset[str]
    subdivision_overrides: Mapping[str, str]
    us_states: Mapping[str, str]  # two-letter code or folded name → ISO 3166-2 code


@dataclass(frozen=True)
class Unclear:
    """A region that is not guessed: `candidates` say what it may be; none when nothing is known."""

    value: str
    candidates: tuple[str, ...] = ()


_SUBDIVISION = re.compile(r"([A-Z]{2})[-_ ]([A-Z0-9]{1,3})")


def fold(text: str) -> str:
    """Case, accents, dots and extra spaces make no difference between two spellings."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char for char in plain if not unicodedata.combining(char) and char not in ".’'")
    return " ".join(kept.replace("_", " ").split())


def resolve_region(text: str, index: RegionIndex, *, country_column: bool = True) -> Region | Unclear:
    """The region a cell means. Matches the whole value only; a value that could be several is never guessed.

    In a column of countries a bare two-letter code is a country; elsewhere (`country_column=False`) it may as well be
    a state, canton or province, and goes to review.
    """
    value = text.strip()
    code, folded = value.upper(), fold(value)
    if country_column and code in index.countries:
        return Region(code)
    if folded in index.ambiguous:
        return Unclear(value, tuple(index.ambiguous[folded]))
    if found := _subdivision(code, index) or index.names.get(folded):
        return Region(*found) if isinstance(found, tuple) else Region(found)
    return Unclear(value, (code,) if code in index.countries else ())


def _subdivision(code: str, index: RegionIndex) -> tuple[str, str] | None:
    """(country, subdivision) of an ISO 3166-2 code; some are countries of their own in ISO 3166-1."""
    match = _SUBDIVISION.fullmatch(code)
    if match is None or match[1] not in index.countries:
        return None
    subdivision = f"{match[1]}-{match[2]}"
    override = index.subdivision_overrides.get(subdivision)
    return (override, "") if override else (match[1], subdivision)


def resolve_state(text: str, country: str, index: RegionIndex) -> str:
    """The ISO 3166-2 code of a state column's value within a country; "" when it says nothing known."""
    value = text.strip().upper()
    if country == "US" and (state := index.us_states.get(fold(text)) or index.us_states.get(value)):
        return state
    if match := _SUBDIVISION.fullmatch(value):
        return f"{match[1]}-{match[2]}" if match[1] == country else ""
    # A US state that we do not know is no state; elsewhere a short code is taken as the country's own.
    return f"{country}-{value}" if country != "US" and re.fullmatch(r"[A-Z0-9]{1,3}", value) else ""


def holds_us_states(values: Iterable[str], index: RegionIndex) -> bool:
    """Whether a column of "countries" is one of US states: all are, and one at least is no country's code.

    `CA, DE, AL` alone could be either and is not decided here.
    """
    seen = {value.strip() for value in values if value.strip()}
    states = {value for value in seen if value.upper() in index.us_states or fold(value) in index.us_states}
    plain = {value for value in seen if value.upper() in index.countries or fold(value) in index.names}
    return len(seen) > 1 and states == seen and not states <= plain


_PARTS = re.compile(r"\s*(?:,|;|\||/| [-–—] |\(|\))\s*")


def resolve_location(text: str, index: RegionIndex) -> Region | Unclear:
    """The region of an office or a place of work: a country's name, or one beside the place, as in "Berlin, Germany",
    "London (UK)" or "France - Lyon". A place alone says nothing sure, and a bare two-letter code is no country here."""
    found = resolve_region(text, index, country_column=False)
    if isinstance(found, Region):
        return found
    parts = [part for part in _PARTS.split(text.strip()) if part]
    if len(parts) < 2:
        return found
    regions = {
        region
        for part in (parts[0], parts[-1])
        if isinstance(region := resolve_region(part, index, country_column=part in {"UK", "USA"}), Region)
    }
    return regions.pop() if len(regions) == 1 else Unclear(text.strip(), found.candidates)
