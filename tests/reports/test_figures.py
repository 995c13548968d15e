"""Figures against plain counting, and groups that are never shown too small."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from compliance.catalogue.rules import Answer
from reports.rules import Figures, Named, Person, by_region, count, headline, percent, region_chart

OUTCOMES = {
    "switched_off_now": "confirmed", "already_off": "confirmed", "form_sent": "confirmed",
    "form_acknowledged": "confirmed", "no_account": "confirmed", "left_on": "declined",
    "prefer_not_to_say": "declined", "not_visible": "open", "form_refused": "open", "need_help": "open",
}  # fmt: skip

answer = st.sampled_from(["", *(answer.value for answer in Answer)])
person = st.builds(
    Person,
    country=st.sampled_from(["GB", "DE", "FR", "US", "LI", "IS", "HK"]),
    asked=st.lists(answer, max_size=3).map(tuple),
    offered=st.lists(answer, max_size=1).map(tuple),
)
people = st.lists(person, max_size=120)


def by_hand(found: list[Person]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in found:
        folds = {OUTCOMES.get(given, "unanswered") for given in one.asked}
        # The worst of what somebody was asked about is what they count as.
        worst = next((name for name in ("unanswered", "open", "declined", "confirmed") if name in folds), "")
        counts["asked"] += bool(worst)
        counts[worst or ("" if one.offered else "informed")] += 1
        counts["offered"] += bool(one.offered)
        counts["taken"] += bool(one.offered) and OUTCOMES.get(one.offered[0]) == "confirmed"
    return counts


def test_every_answer_has_an_outcome() -> None:
    assert OUTCOMES.keys() == {answer.value for answer in Answer}


@given(people)
def test_the_total_equals_a_hand_count(found: list[Person]) -> None:
    expected, total = by_hand(found), count(found)
    for name in ("asked", "informed", "confirmed", "declined", "open", "unanswered", "offered", "taken"):
        assert getattr(total, name) == expected.get(name, 0)


@given(people, st.integers(min_value=1, max_value=12))
def test_rows_add_up_and_no_row_is_too_small(found: list[Person], minimum: int) -> None:
    rows = by_region(found, minimum)
    assert sum((row.figures for row in rows), Figures()) == count(found)
    assert sorted(code for row in rows for code in row.codes) == sorted({item.country for item in found})
    small = [row for row in rows if 0 < row.figures.asked < minimum]
    # Only when everybody together is too few is a row too small, and then there is nothing beside it.
    assert not small or (len(small) == 1 and count(found).asked < minimum)


@given(people)
def test_bars_are_whole(found: list[Person]) -> None:
    named = [Named("/".join(row.codes), row) for row in by_region(found, 5)]
    for bar in region_chart(count(found), named).bars:
        assert abs(sum(float(segment.width) for segment in bar.segments) - 100) < 0.1


def test_percentages_are_honest_at_the_ends() -> None:
    assert [percent(share) for share in (None, 0, 0.001, 0.5, 0.999, 1)] == ["–", "0 %", "1 %", "50 %", "99 %", "100 %"]


def test_a_headline_for_nobody() -> None:
    assert headline(Figures(), []) == "Nobody has been asked yet."
