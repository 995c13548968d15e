"""Nothing that is shown gives a small cell away: not by its row, its column, another table, or another day."""

import random

from hypothesis import given
from hypothesis import strategies as st

from reports.rules import (
    OUTCOME_CELLS,
    Figures,
    Row,
    bars,
    cell,
    merge_small,
    protect,
    protected_row,
    share,
)
from tests.reports.attacker import possible, propagate

TABLES = 10_000


def some_figures(chance: random.Random, largest: int) -> Figures:
    """Often small, often all or none of one answer: where tables give themselves away."""
    asked = chance.choice([0, 1, 3, 5, 6, 9, 12, 20, chance.randint(0, largest)])
    left, counts = asked, []
    for _ in OUTCOME_CELLS:
        taken = chance.choice([0, left, chance.randint(0, left), min(left, chance.randint(0, 6))])
        counts.append(taken)
        left -= taken
    chance.shuffle(counts)
    return Figures(asked, *counts)


def some_rows(chance: random.Random, step: int) -> list[Row]:
    groups = {f"{number:02}": some_figures(chance, 60) for number in range(chance.randint(1, 7))}
    return merge_small(groups, step)


def cells_of(figures: Figures) -> list[int]:
    return [getattr(figures, name) for name in OUTCOME_CELLS]


def box(rows: list[Row], step: int) -> list[list[tuple[int, int]]]:
    return [[(low, low + step - 1) for low in cells_of(row.figures)] for row in rows if row.figures.asked]


def test_no_small_cell_can_be_worked_out_of_ten_thousand_tables() -> None:
    chance = random.Random(16)
    for number in range(TABLES):
        step = chance.choice([3, 5, 5, 10])
        rows = some_rows(chance, step)
        total = sum((row.figures for row in rows), Figures())
        shown = protect(total, {"regions": rows}, step)
        table = shown.tables.get("regions", [Row(("all",), shown.total)] if total.asked >= step else [])
        kept = [row for row in table if row.figures.asked]
        asked = [row.figures.asked for row in kept]
        columns = [(low, low + step - 1) for low in cells_of(shown.total)]
        start = box(kept, step)
        tightened = propagate(start, asked, columns)
        for before, after in zip(start, tightened, strict=True):
            assert before == after, (number, step, rows, shown)
        if kept and number % 4 == 0:
            exactly(chance, start, asked, columns)


def exactly(
    chance: random.Random, start: list[list[tuple[int, int]]], asked: list[int], columns: list[tuple[int, int]]
) -> None:  # fmt: skip
    """Both ends of one cell's step occur in whole tables that agree with all that is shown."""
    i, j = chance.randrange(len(start)), chance.randrange(len(OUTCOME_CELLS))
    for value in start[i][j]:
        fixed = [list(row) for row in start]
        fixed[i][j] = (value, value)
        assert possible(fixed, asked, columns), (start, asked, columns, i, j)


def test_two_tables_of_the_same_people_tell_no_more_than_one() -> None:
    """Regions and departments have a total in common; whatever a cell of one is, the other can still be true."""
    chance = random.Random(17)
    for _ in range(600):
        step = 5
        people = [
            (chance.choice("abcde"), chance.choice("xyz"), chance.choice((*OUTCOME_CELLS, "no")))
            for _ in range(chance.randint(5, 120))
        ]
        cuts = {"regions": 0, "departments": 1}
        tables = {
            name: merge_small(
                {
                    key: Figures(
                        sum(one[at] == key for one in people),
                        *(sum(one[at] == key and one[2] == kind for one in people) for kind in OUTCOME_CELLS),
                    )
                    for key in {one[at] for one in people}
                },
                step,
            )
            for name, at in cuts.items()
        }
        total = sum((row.figures for row in tables["regions"]), Figures())
        shown = protect(total, tables, step)
        totals = cells_of(shown.total)
        for rows in shown.tables.values():
            start, asked = box(list(rows), step), [row.figures.asked for row in rows]
            for j in range(len(OUTCOME_CELLS)):
                # Any total of the column within its step, the others as they are shown at the least.
                for more in (0, step - 1):
                    columns = [(low + more * (k == j), low + more * (k == j)) for k, low in enumerate(totals)]
                    assert possible(start, asked, columns)


some_cells = st.integers(min_value=0, max_value=300)


@given(st.lists(some_cells, min_size=4, max_size=4), some_cells, st.sampled_from([1, 3, 5, 10]))
def test_what_is_shown_is_true_as_far_as_it_goes(counts: list[int], rest: int, step: int) -> None:
    exact = Figures(sum(counts) + rest, *counts)
    shown = protected_row(exact, step)
    for name in OUTCOME_CELLS:
        low, value = getattr(shown, name), getattr(exact, name)
        assert low <= value
        assert low % step == 0
    assert shown.asked == exact.asked
    # At most a step a cell is held back, and two more where a row would otherwise tell "all of them".
    assert exact.answered - shown.answered <= 6 * step
    if step == 1:
        assert shown == exact


@given(st.lists(some_cells, min_size=4, max_size=4), st.lists(some_cells, min_size=4, max_size=4))
def test_two_days_differ_by_nothing_or_by_a_step(first: list[int], second: list[int]) -> None:
    days = [protected_row(Figures(1500, *counts), 5) for counts in (first, second)]
    for name in (*OUTCOME_CELLS, "answered"):
        assert (getattr(days[0], name) - getattr(days[1], name)) % 5 == 0


def test_all_and_none_are_not_told() -> None:
    everybody, nobody = Figures(20, confirmed=20), Figures(20)
    assert protected_row(everybody, 5).confirmed == 15
    assert protected_row(nobody, 5) == nobody
    assert cell(0, 20, 5) == "<5"
    assert share(0, 20, 5) == "<25 %"


def test_a_bar_of_too_few_says_how_few_and_no_share() -> None:
    """Beside "of 9" it would read "<56 %", which looks like much."""
    made = bars([("Here", Row(("IE",), Figures(9))), ("There", Row(("GB",), Figures(20, confirmed=10)))], 5)
    assert [bar.readiness for bar in made] == ["<5", "50 %"]
    assert bars([("Here", Row(("IE",), Figures(9)))], 1)[0].readiness == "0 %"


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 40).map(Figures), max_size=9))
def test_groups_are_merged_until_none_is_too_small(groups: dict[str, Figures]) -> None:
    rows = merge_small(groups, 5)
    assert sorted(code for row in rows for code in row.codes) == sorted(groups)
    assert sum((row.figures for row in rows), Figures()) == sum(groups.values(), Figures())
    small = [row for row in rows if 0 < row.figures.asked < 5]
    # Only when everybody together is too few is a row too small, and then there is nothing beside it.
    assert not small or (len(small) == 1 and sum(row.figures.asked for row in rows) < 5)


def test_percentages_are_honest_at_the_ends() -> None:
    pairs = [(0, 0), (0, 1000), (1, 1000), (1, 2), (999, 1000), (7, 7)]
    assert [share(value, of, 1) for value, of in pairs] == ["–", "0 %", "1 %", "50 %", "99 %", "100 %"]


def test_too_few_people_are_counted_and_no_more() -> None:
    total = Figures(asked=4, confirmed=4, offered=4, taken=4)
    assert protect(total, {}, 5).total == Figures(asked=4)
