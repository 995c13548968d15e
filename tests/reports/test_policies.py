"""Each policy beside the campaign: whoever has every figure of every page cannot work out a small cell of either."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import combinations_with_replacement, product

import pytest

from compliance.campaigns.models import Campaign
from compliance.catalogue.models import Policy, PolicyVersion
from reports import composing
from reports.board import board
from reports.cuts import NO_DEPARTMENT, Wish, cut, policy_code
from reports.queries import Counted, Readiness, as_shown
from reports.rules import CONFIRMED, COUNTED, OUTCOME_CELLS, UNANSWERED, Figures, Tally, beside, protected_row

RANKS = (CONFIRMED, 3, 2, COUNTED)  # in the order of OUTCOME_CELLS
DAY = datetime(2025, 11, 20, tzinfo=UTC)
Person = tuple[str, str, tuple[int | None, ...]]  # place, department, what was said to each policy; None: not asked
Codes = tuple[str, ...]
Of = tuple[object, Codes, Codes]  # a policy's number or "all"; places; departments ("*" for all of them)
Bounds = dict[tuple[object, ...], tuple[int, int]]


def outcome(said: Sequence[int | None]) -> int:
    asked = [rank for rank in said if rank is not None]
    return COUNTED if COUNTED in asked else min(asked)


def figures(ranks: Sequence[int]) -> Figures:
    return Figures(len(ranks), *(ranks.count(rank) for rank in RANKS))


def exact_of(people: Sequence[Person]) -> Tally:
    def groups(at: int) -> dict[str, Figures]:
        codes = sorted({str(one[at]) for one in people})
        return {code: figures([outcome(one[2]) for one in people if one[at] == code]) for code in codes}

    said = {pk: [rank for one in people if (rank := one[2][pk]) is not None] for pk in range(len(people[0][2]))}
    return Tally(
        total=figures([outcome(one[2]) for one in people]),
        regions=groups(0),
        departments=groups(1),
        policies={pk: figures(ranks) for pk, ranks in said.items() if ranks},
    )


def shown_of(exact: Tally, step: int) -> Readiness:
    versions = [
        PolicyVersion(pk=pk, key=str(pk), effective_from=date(2025, 11, 3), policy=Policy(key="p"))
        for pk in exact.policies
    ]
    return as_shown(Campaign(started_at=DAY), DAY, Counted(exact, False, {}, 0, {}), step, versions=versions)


# --- All that anybody can open ---------------------------------------------------------------------------------------


def gathered(found: Readiness, people: Sequence[Person]) -> Iterator[tuple[Of, Figures]]:
    """Every figure of every address of the dashboard, and of the report: whose it is, and what it says."""
    policies = [*(str(policy_code(version)) for version in found.asked_about), ""]
    places, departments = ({str(one[at]) for one in people} | {""} for at in (0, 1))
    for policy, place, department in product(policies, sorted(places), sorted(departments)):
        wanted = Wish(policy, place, department)
        opened = cut(found, wanted)
        drawn = board(found, opened, wanted, DAY.date())
        of: object = int(policy.split("/")[1]) if policy else "all"
        if opened.figures is not None:
            codes = opened.row.codes if opened.row else ("*",)
            yield (of, codes if place else ("*",), codes if department else ("*",)), opened.figures
        for row in (item.row for item in drawn.get("regions", ())):
            yield (of, row.codes, ("*",)), row.figures
        for row in (item.row for item in drawn.get("departments", ())):
            yield (of, ("*",), row.codes), row.figures
        for item in opened.policies:
            yield (item.version.pk, ("*",), ("*",)), item.figures
    for row in found.regions:
        yield ("all", row.codes, ("*",)), row.figures
    for row in found.departments:
        yield ("all", ("*",), row.codes), row.figures
    for _name, item in composing.readiness_context(found, DAY.date())["policy_rows"]:
        yield (item.version.pk, ("*",), ("*",)), item.figures


class Attacker:
    """Knows whom each policy was asked, and all that is shown; bounds cells by whole numbers until nothing moves."""

    def __init__(self, people: Sequence[Person], found: Readiness) -> None:
        self.policies = len(people[0][2])
        self.bounds: Bounds = {}
        self.shown: list[tuple[object, ...]] = []
        self.facts: list[tuple[list[tuple[object, ...]], int, int]] = []  # names, and bounds of their sum
        asked = dict(gathered(found, people))
        regions = {key[1] for key in asked if key[1] != ("*",)} or {(one[0],) for one in people}
        self.rows: list[tuple[Codes, Codes]] = [(codes, ("*",)) for codes in regions]
        self.rows += [(("*",), codes) for codes in {key[2] for key in asked if key[2] != ("*",)}]
        self.rows.append((("*",), ("*",)))
        for codes, groups in self.rows:
            inside = [
                one for one in people if (codes == ("*",) or one[0] in codes) and (groups == ("*",) or one[1] in groups)
            ]
            self._people(codes, groups, inside)
        self._sums(regions, 1)
        self._sums({groups for codes, groups in self.rows if groups != ("*",)}, 2)
        for key, line in asked.items():
            for name in OUTCOME_CELLS:
                low = getattr(line, name)
                if line.asked and (*key, name) in self.bounds:
                    self.bounds[(*key, name)] = (low, low + found.step - 1)
                    self.shown.append((*key, name))

    def _people(self, codes: Codes, groups: Codes, inside: Sequence[Person]) -> None:
        def cells(of: object, names: Sequence[str]) -> list[tuple[object, ...]]:
            return [(of, codes, groups, name) for name in names]

        sizes: dict[object, int] = {"all": len(inside)}
        for pk in range(self.policies):
            sizes[pk] = sum(one[2][pk] is not None for one in inside)
        for of, size in sizes.items():
            for cell in cells(of, (*OUTCOME_CELLS, "none")):
                self.bounds[cell] = (0, size)
            self.facts.append((cells(of, (*OUTCOME_CELLS, "none")), size, size))
        for pk in range(self.policies):
            others = len(inside) - sizes[pk]
            # Confirmed everywhere, less whoever was not asked here, is confirmed here; and so on downwards.
            for better in (("confirmed",), ("confirmed", "declined"), ("confirmed", "declined", "open")):
                self._at_most(cells("all", better), cells(pk, better), others)
            self._at_most(cells(pk, ("counted",)), cells("all", ("counted",)), 0)
        for name in ("declined", "open", "counted", "none"):  # each outcome is some policy's answer
            parts = [cell for pk in range(self.policies) for cell in cells(pk, (name,))]
            self._at_most(cells("all", (name,)), parts, 0)

    def _at_most(self, less: list[tuple[object, ...]], more: list[tuple[object, ...]], by: int) -> None:
        """sum(less) <= sum(more) + by, kept as (−less) + more >= −by."""
        self.facts.append(([("minus", cell) for cell in less] + more, -by, 10**6))

    def _sums(self, groups: set[Codes], at: int) -> None:
        for of in ("all", *range(self.policies)):
            for name in (*OUTCOME_CELLS, "none"):
                parts = [(of, code, ("*",), name) if at == 1 else (of, ("*",), code, name) for code in groups]
                whole = (of, ("*",), ("*",), name)
                if parts and all(part in self.bounds for part in parts):
                    self.facts.append(([("minus", whole), *parts], 0, 0))

    def _range(self, name: tuple[object, ...]) -> tuple[int, int]:
        if name[0] == "minus":
            low, high = self.bounds[name[1]]  # type: ignore[index]
            return -high, -low
        return self.bounds[name]

    def tighten(self) -> Bounds:
        moved = True
        while moved:
            moved = False
            for names, least, most in self.facts:
                ranges = [self._range(name) for name in names]
                lows, highs = sum(low for low, _ in ranges), sum(high for _, high in ranges)
                for name, (low, high) in zip(names, ranges, strict=True):
                    new = max(low, least - (highs - high)), min(high, most - (lows - low))
                    if new != (low, high):
                        moved = True
                        plain = name[1] if name[0] == "minus" else name
                        self.bounds[plain] = (-new[1], -new[0]) if name[0] == "minus" else new  # type: ignore[index]
                        break
        return self.bounds


def some_people(chance: random.Random) -> list[Person]:
    """Two or three policies, asked of all or by country; most people say much the same to each."""
    policies, sure = chance.choice([2, 2, 3]), chance.choice([0.2, 0.6, 0.9])
    weights = chance.choice([(1, 1, 1, 1, 1), (1, 0, 0, 0, 9), (6, 0, 1, 1, 2), (0, 0, 1, 1, 8), (2, 0, 1, 0, 9)])
    everywhere = chance.random() < 0.6
    skipped = {place: chance.randrange(-2, policies) for place in "ABCD"}

    def said(place: str) -> tuple[int | None, ...]:
        first = chance.choices(range(5), weights)[0]
        found = [first if chance.random() < sure else chance.choices(range(5), weights)[0] for _ in range(policies)]
        return tuple(
            None if not everywhere and skipped[place] == at and policies > 1 else rank for at, rank in enumerate(found)
        )

    size = chance.randint(5, 90)
    places = [chance.choice("AABBBCD") for _ in range(size)]
    return [(place, chance.choice(("x", "x", "y", "z")), said(place)) for place in places]


def test_no_cell_is_worked_out_of_policies_and_campaign_together() -> None:
    chance, apart = random.Random(20), 0
    for number in range(400):
        people = some_people(chance)
        found = shown_of(exact_of(people), 5)
        attacker = Attacker(people, found)
        before = {cell: attacker.bounds[cell] for cell in attacker.shown}
        after = attacker.tighten()
        assert {cell: after[cell] for cell in before} == before, number
        apart += bool(found.policies)
    assert apart > 50  # they are shown where they may be


def test_every_cut_of_the_dashboard_shows_a_row_of_a_whole_table() -> None:
    """So trying all addresses tells what the tables tell."""
    chance = random.Random(18)
    for number in range(100):
        people = some_people(chance)
        found = shown_of(exact_of(people), 5)
        rows = {row.figures for row in (*found.regions, *found.departments)}
        wholes = {found.total, *(row.figures for row in found.policies)}
        policies = ["", "nothing", *map(policy_code, found.asked_about)]
        for wanted in (
            Wish(*each) for each in product(policies, ("", "A", "D", "nowhere"), ("", "x", "z", NO_DEPARTMENT))
        ):
            shown = cut(found, wanted)
            place = wanted.country or wanted.department
            assert shown.figures in {None, *(rows if place else wholes)}, number
            if (wanted.country and wanted.department) or (place and wanted.policy and len(found.asked_about) > 1):
                assert shown.figures is None
            assert shown.figures is not None or shown.why


# --- Whoever knows the rule as well ----------------------------------------------------------------------------------


def populations(kinds: Sequence[tuple[int, ...]], size: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    return combinations_with_replacement(kinds, size)


@pytest.mark.parametrize(
    ("policies", "answers", "size", "step"),
    [
        (2, (UNANSWERED, CONFIRMED), 36, 5),
        (2, (UNANSWERED, 3, CONFIRMED), 10, 3),
        (2, (UNANSWERED, COUNTED, 2, CONFIRMED), 6, 2),
        (3, (UNANSWERED, CONFIRMED), 12, 3),
    ],
)
def test_all_people_that_show_the_same_leave_a_cell_its_step(
    policies: int, answers: tuple[int, ...], size: int, step: int
) -> None:  # fmt: skip
    """By brute force: all populations are counted and shown; those that look alike have a step of values in each cell.

    Where even the total alone leaves fewer (it is bounded by nobody and everybody), the policies take nothing from it.
    """
    alike: dict[tuple[Figures, tuple[Figures, ...]], list[set[int]]] = {}
    alone: dict[Figures, list[set[int]]] = {}
    for people in populations(list(product(answers, repeat=policies)), size):
        total = figures([outcome(one) for one in people])
        each = {pk: figures([one[pk] for one in people]) for pk in range(policies)}
        shown = protected_row(total, step)
        side = beside(shown, each, step)
        cells = [getattr(one, name) for one in (total, *(each[pk] for pk in side)) for name in OUTCOME_CELLS]
        found = alike.setdefault((shown, tuple(side.values())), [set() for _ in cells])
        by_itself = alone.setdefault(shown, [set() for _ in OUTCOME_CELLS])
        for values, value in [*zip(found, cells, strict=True), *zip(by_itself, cells, strict=False)]:
            values.add(value)
    used = [RANKS.index(rank) for rank in answers if rank in RANKS]
    for (total, policies_shown), found in alike.items():
        for at, values in enumerate(found):
            if at % len(RANKS) in used:
                assert len(values) >= min(step, len(alone[total][at % len(RANKS)])), (total, policies_shown, at)
    assert any(policies_shown for _total, policies_shown in alike)


def test_two_policies_that_give_the_outcome_away_are_not_shown() -> None:
    """26 asked, 20 and 20 have confirmed: at least 14 both, and of 10 to 14 that leaves one number."""
    total, each = Figures(26, confirmed=10), {1: Figures(26, confirmed=20), 2: Figures(26, confirmed=20)}
    assert beside(total, each, 5) == {}
    assert beside(total, {1: Figures(26, confirmed=14), 2: Figures(26, confirmed=12)}, 5)
    few = Figures(25, confirmed=10)  # whose policies are left out whatever was answered
    assert beside(few, {1: Figures(25, confirmed=14), 2: Figures(25, confirmed=12)}, 5) == {}


def test_policies_asked_of_some_are_not_shown_beside_a_table_of_places() -> None:
    """One policy in each country: they would be the countries once more, without what the table holds back."""
    people: list[Person] = [("A", "x", (CONFIRMED, None))] * 20 + [("B", "x", (None, CONFIRMED))] * 40
    found = shown_of(exact_of(people), 5)
    assert (found.policies, [version.pk for version in found.held]) == ([], [0, 1])
    assert shown_of(exact_of(people), 1).policies  # who sets the smallest group to one sees exact figures
