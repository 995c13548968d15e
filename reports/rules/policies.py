"""Answers to each policy beside the outcome of them all (decision 0044).

A person's outcome is the one furthest from confirmed of what was asked. So nobody is confirmed who did not confirm each
policy, and whoever is outstanding is so with at least one: the policies' totals and the campaign's bound each other.
Here is when they leave each other all the values of a step.
"""

from collections.abc import Mapping, Sequence

from reports.rules.disclosure import protected_row
from reports.rules.figures import OUTCOME_CELLS, Figures


def beside(total: Figures, policies: Mapping[int, Figures], step: int) -> dict[int, Figures]:
    """Policy → its answers as they may stand beside `total` as it is shown: all, or none.

    None where a policy was asked of some: everybody may know of whom, and then its answers are those of a place, or
    nearly. None where few are outstanding either: that the policies are left out would tell something by itself. Only
    what is shown decides on the rest, and whatever the total is, policies that are left out may stand behind it.
    """
    if step <= 1:
        return dict(policies)
    room = len(OUTCOME_CELLS) * (step - 1)
    if total.unanswered < room or any(exact.asked != total.asked for exact in policies.values()):
        return {}
    found = {pk: protected_row(exact, step) for pk, exact in policies.items()}
    return found if _independent(total, list(found.values()), room) else {}


def _independent(total: Figures, policies: Sequence[Figures], room: int) -> bool:
    """Whether any values of the total's cells within their steps occur, and any of each policy's.

    They do where people can be found who answered as it is shown, with `room` for a step more of every outcome: then
    both sides move by the same, and the conditions of `_covers` and `_explains`, which are all that binds the counts of
    some answers to the counts of the least of them, stay as they are.
    """
    return (
        all(found.unanswered >= room for found in policies)
        and all(_covers(found, total) for found in policies)
        and _explains(total, policies, room)
    )


def _covers(policy: Figures, total: Figures) -> bool:
    """No outcome of a person is better than what was said to this policy; and counted is who was counted here."""
    return policy.counted <= total.counted and all(
        sum(getattr(policy, name) for name in better) >= sum(getattr(total, name) for name in better)
        for better in (("confirmed",), ("confirmed", "declined"), ("confirmed", "declined", "open"))
    )


def _explains(total: Figures, policies: Sequence[Figures], room: int) -> bool:
    """For each outcome of a person there is a policy that was answered so."""
    for name in ("declined", "open", "counted"):
        if sum(getattr(found, name) for found in policies) < getattr(total, name):
            return False
    if any(_answers(found) == _answers(total) for found in policies):
        return True
    outstanding = sum(found.unanswered for found in policies)
    return outstanding - total.unanswered >= (len(policies) - 1) * room


def _answers(figures: Figures) -> tuple[int, ...]:
    return tuple(getattr(figures, name) for name in OUTCOME_CELLS)
