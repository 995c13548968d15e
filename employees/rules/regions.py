"""Regions as people write them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
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

    In a column of countries a bare two-letter code is a country; elsewhere (`country_column=False`) the codes that
    are also states, cantons or provinces go to review.
    """
    value = text.strip()
    code = value.upper()
    if country_column and code in index.countries:
        return Region(code)
    folded = fold(value)
    if folded in index.ambiguous:
        return Unclear(value, tuple(index.ambiguous[folded]))
    if (match := _SUBDIVISION.fullmatch(code)) and match[1] in index.countries:
        subdivision = f"{match[1]}-{match[2]}"
        if override := index.subdivision_overrides.get(subdivision):
            return Region(override)
        return Region(match[1], subdivision)
    if found := index.names.get(folded):
        return Region(found)
    return Unclear(value)
