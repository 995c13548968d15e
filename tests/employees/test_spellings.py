"""The spellings of the facts: what each means, and which are never guessed."""

from collections.abc import Callable, Iterator

import pytest
import yaml
from django.conf import settings

from employees.places import region_index
from employees.rules.regions import Region, Unclear, holds_us_states, resolve_region, resolve_state

FACTS = yaml.safe_load((settings.BASE_DIR / "tests" / "employees" / "spellings.yaml").read_text(encoding="utf-8"))


def wrong() -> Iterator[tuple[str, str, object]]:
    index = region_index()
    for item in FACTS["means"]:
        found = resolve_region(item["text"], index)
        if found != Region(item["region"]):
            yield "means", item["text"], found
    for item in FACTS["country_column"]:
        found = resolve_region(item["text"], index, country_column=True)
        if found != Region(item["region"]):
            yield "country column", item["text"], found
    for item in FACTS["review"]:
        found = resolve_region(item["text"], index, country_column=False)
        if not isinstance(found, Unclear) or not found.candidates:
            yield "review", item["text"], found


def test_every_spelling_of_the_facts_is_read_as_listed(record_property: Callable[[str, object], None]) -> None:
    total = sum(len(items) for items in FACTS.values())
    failed = list(wrong())
    record_property("spellings as listed", f"{total - len(failed)} of {total}")
    assert total > 200
    assert not failed


@pytest.mark.parametrize(
    ("values", "states"),
    [
        (["CA", "NY", "TX"], True),
        (["California", "Texas"], True),
        (["CA", "DE", "AL"], False),
        (["CA", "NY", "France"], False),
        (["CA"], False),
        ([], False),
    ],
)
def test_a_column_of_us_states_is_recognised(values: list[str], states: bool) -> None:
    assert holds_us_states(values, region_index()) is states


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("CA", "US", "US-CA"),
        ("new york", "US", "US-NY"),
        ("US-IL", "US", "US-IL"),
        ("XX", "US", ""),
        ("BE", "CH", "CH-BE"),
        ("CH-BE", "DE", ""),
        ("Bavaria", "DE", ""),
    ],
)
def test_a_state_within_its_country(text: str, country: str, expected: str) -> None:
    assert resolve_state(text, country, region_index()) == expected
