"""The index of how regions are spelled: built at set-up, read once per process."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import yaml
from babel import Locale, localedata
from babel.core import get_global
from django.conf import settings

from employees import names
from employees.names import NO_COUNTRY, us_states
from employees.rules.regions import Region, RegionIndex, Unclear, fold, resolve_region

INPUT_FILE = Path(__file__).parent / "data" / "region_input.yaml"
INDEX_FILE = settings.BUILD_DIR / "territories.json"
# CLDR's own codes for parts of Spain.
_CLDR_PARTS = {"IC": "ES", "EA": "ES"}


def _cldr_names() -> Iterator[tuple[str, str]]:
    for identifier in localedata.locale_identifiers():
        for code, name in Locale.parse(identifier).territories.items():
            meant = _CLDR_PARTS.get(code, code)
            if len(code) == 2 and meant not in NO_COUNTRY:
                yield fold(name), meant


def build_territories() -> dict[str, object]:
    """Every spelling of every country: CLDR's names in all languages, alpha-3 codes, and our exceptions, which win.

    A name that means different countries in different languages goes to review unless English settles it.
    """
    given = yaml.safe_load(INPUT_FILE.read_text(encoding="utf-8"))
    meanings: dict[str, set[str]] = {}
    for name, code in _cldr_names():
        meanings.setdefault(name, set()).add(code)
    english = {fold(name): code for code, name in Locale("en").territories.items() if len(code) == 2}
    known = {
        name: english.get(name) or min(codes) for name, codes in meanings.items() if len(codes) == 1 or name in english
    }
    ambiguous = {name: sorted(codes) for name, codes in meanings.items() if name not in known}
    countries = {code for codes in meanings.values() for code in codes}
    for old, new in get_global("territory_aliases").items():
        if len(old) == 3 and old.isalpha() and len(new) == 1 and new[0] in countries:
            known[fold(old)] = new[0]
    known |= {fold(spelling): code for code, spellings in given["aliases"].items() for spelling in spellings}
    known |= {fold(code): meant for code, meant in given["reserved_codes"].items()}
    ambiguous |= {fold(item["value"]): item["may_be"] for item in given["ambiguous"]}
    return {
        "names": known,
        "ambiguous": ambiguous,
        "countries": sorted(countries),
        "subdivision_overrides": given["subdivision_overrides"],
        "us_states": {key: f"US-{code}" for code, name in us_states().items() for key in (code, fold(name))},
    }


def write_territories() -> Path:
    INDEX_FILE.parent.mkdir(parents=True, exist_ok=True)
    draft = INDEX_FILE.with_suffix(".new")
    draft.write_text(json.dumps(build_territories(), ensure_ascii=False), encoding="utf-8")
    draft.replace(INDEX_FILE)
    return INDEX_FILE


def is_fresh() -> bool:
    """Whether the index was built after the last change of what it is built from."""
    made_from = (INPUT_FILE, Path(__file__), Path(names.__file__))
    return INDEX_FILE.exists() and INDEX_FILE.stat().st_mtime >= max(path.stat().st_mtime for path in made_from)


@lru_cache(maxsize=1)
def region_index() -> RegionIndex:
    """Read once per process; built on the spot (some seconds) where set-up has not built it."""
    data = json.loads((INDEX_FILE if is_fresh() else write_territories()).read_text(encoding="utf-8"))
    return RegionIndex(
        data["names"],
        data["ambiguous"],
        frozenset(data["countries"]),
        data["subdivision_overrides"],
        data["us_states"],
    )


def may_be_two(text: str) -> bool:
    """Whether a bare code is one of a country and of a US state: CA, DE, GA."""
    code, index = text.strip().upper(), region_index()
    return code in index.us_states and code in index.countries


def find_region(text: str) -> Region | Unclear:
    """The region a code or a name means, as in a column of countries."""
    return resolve_region(text, region_index())
