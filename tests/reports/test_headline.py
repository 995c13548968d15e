"""The sentence on top never says “lowest” of a country that the table beside it does not show last."""

from types import SimpleNamespace
from typing import cast

import pytest

from reports import wording
from reports.queries import Readiness
from reports.rules import Figures, Row


def said(*countries: tuple[str, int, int]) -> str:
    """Of countries with people asked and confirmed, in steps of five."""
    rows = [Row((code,), Figures(asked=asked, confirmed=confirmed)) for code, asked, confirmed in countries]
    total = Figures(asked=sum(row[1] for row in countries), confirmed=sum(row[2] for row in countries))
    found = cast("Readiness", SimpleNamespace(total=total, step=5, too_few=False, erased=0))
    return wording.headline(found, wording.named_regions(rows, 5))


@pytest.mark.parametrize(
    ("countries", "lowest"),
    [
        ([("GB", 57, 30), ("HK", 20, 5)], "Lowest: Hong Kong, 25 %."),
        ([("GB", 57, 40), ("HK", 20, 10), ("CA", 16, 5)], ""),  # Canada is last, and too small to be named for it
        ([("GB", 57, 30), ("HK", 40, 0), ("FR", 13, 10)], "Lowest: Hong Kong, <13 %."),
        ([("GB", 57, 30), ("HK", 40, 0), ("FR", 13, 0)], ""),  # both are too low to be shown: either may be lower
        ([("GB", 57, 30)], ""),
    ],
)
def test_only_the_last_of_all_is_called_lowest(countries: list[tuple[str, int, int]], lowest: str) -> None:
    text = said(*countries)
    assert text.replace("\xa0", " ").partition("Lowest")[1:] == ("Lowest" if lowest else "", lowest[6:])


def test_who_cannot_go_on_is_not_called_a_request_for_help() -> None:
    """The number has everybody who cannot find the setting, and whose form was refused."""
    found = cast("Readiness", SimpleNamespace(total=Figures(asked=40, open=15), step=5))
    first = wording.next_steps(found)[0]
    assert first.startswith("Help 15 people who cannot go on alone: the setting cannot be found")
