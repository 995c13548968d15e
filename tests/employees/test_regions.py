import pytest

from employees.places import region_index
from employees.rules.regions import Region, Unclear, resolve_region


@pytest.mark.parametrize(
    ("text", "country", "subdivision"),
    [
        ("UK", "GB", ""),
        ("England", "GB", ""),
        ("Northern Ireland", "GB", ""),
        ("Deutschland", "DE", ""),
        ("  GERMANY ", "DE", ""),
        ("HKSAR", "HK", ""),
        ("Hong Kong SAR China", "HK", ""),
        ("香港", "HK", ""),
        ("日本", "JP", ""),
        ("Ελλάδα", "GR", ""),
        ("Česko", "CZ", ""),
        ("US-CA", "US", "US-CA"),
        ("CN-HK", "HK", ""),
        ("FR-974", "RE", ""),
        ("CHE", "CH", ""),
        ("IND", "IN", ""),
        ("CA", "CA", ""),
        ("NO", "NO", ""),
    ],
)
def test_a_spelling_means_a_country(text: str, country: str, subdivision: str) -> None:
    assert resolve_region(text, region_index()) == Region(country, subdivision)


@pytest.mark.parametrize("text", ["Georgia", "EMEA", "Remote", "DACH", "Jersey", "Saint Martin"])
def test_what_could_be_several_is_not_guessed(text: str) -> None:
    found = resolve_region(text, region_index())
    assert isinstance(found, Unclear)
    assert found.candidates


@pytest.mark.parametrize("text", ["CA", "DE", "NL", "CH"])
def test_a_bare_code_outside_a_country_column_is_not_guessed(text: str) -> None:
    assert isinstance(resolve_region(text, region_index(), country_column=False), Unclear)


@pytest.mark.parametrize("text", ["", "Atlantis", "Head office, Germany", "XX-YY"])
def test_the_unknown_stays_unknown(text: str) -> None:
    assert resolve_region(text, region_index()) == Unclear(text, ())
