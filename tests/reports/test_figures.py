"""Figures against plain counting, and groups that are never shown too small."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from compliance.catalogue.rules import Answer, CollectionMode
from reports.rules import Asked, Figures, Named, by_region, count, headline, percent, region_chart

OUTCOMES = {
    "switched_off_now": "confirmed", "already_off": "confirmed", "form_sent": "confirmed",
    "form_acknowledged": "confirmed", "no_account": "confirmed", "left_on": "declined",
    "prefer_not_to_say": "declined", "not_visible": "open", "form_refused": "open", "need_help": "open",
}  # fmt: skip

asked = st.builds(
    Asked,
    country=st.sampled_from(["GB", "DE", "FR", "US", "LI", "IS", "HK"]),
    mode=st.sampled_from([CollectionMode.NAMED, CollectionMode.NAMED, CollectionMode.INFORM_ONLY]),
    answer=st.sampled_from(["", *(answer.value for answer in Answer)]),
)
requests = st.lists(asked, max_size=120)


def by_hand(found: list[Asked]) -> dict[str, int]:
    named = [item for item in found if item.mode == "named"]
    folds = Counter(OUTCOMES.get(item.answer, "unanswered") for item in named)
    return {"asked": len(named), "informed": len(found) - len(named), **folds}


def test_every_answer_has_an_outcome() -> None:
    assert OUTCOMES.keys() == {answer.value for answer in Answer}


@given(requests)
def test_the_total_equals_a_hand_count(found: list[Asked]) -> None:
    expected, total = by_hand(found), count(found)
    for name in ("asked", "informed", "confirmed", "declined", "open", "unanswered"):
        assert getattr(total, name) == expected.get(name, 0)


@given(requests, st.integers(min_value=1, max_value=12))
def test_rows_add_up_and_no_row_is_too_small(found: list[Asked], minimum: int) -> None:
    rows = by_region(found, minimum)
    assert sum((row.figures for row in rows), Figures()) == count(found)
    assert sorted(code for row in rows for code in row.codes) == sorted({item.country for item in found})
    small = [row for row in rows if 0 < row.figures.asked < minimum]
    # Only when everybody together is too few is a row too small, and then there is nothing beside it.
    assert not small or (len(small) == 1 and count(found).asked < minimum)


@given(requests)
def test_bars_are_whole(found: list[Asked]) -> None:
    named = [Named("/".join(row.codes), row) for row in by_region(found, 5)]
    for bar in region_chart(count(found), named).bars:
        assert abs(sum(float(segment.width) for segment in bar.segments) - 100) < 0.1


def test_percentages_are_honest_at_the_ends() -> None:
    assert [percent(share) for share in (None, 0, 0.001, 0.5, 0.999, 1)] == ["–", "0 %", "1 %", "50 %", "99 %", "100 %"]


def test_a_headline_for_nobody() -> None:
    assert headline(Figures(), []) == "Nobody has been asked yet."
