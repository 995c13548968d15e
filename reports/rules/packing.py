"""Counted figures as plain lists and numbers, to be kept as JSON, and back."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple
from datetime import date
from typing import Any

from reports.rules.figures import Days, Figures, Tally

Packed = dict[str, Any]


def packed(tally: Tally) -> Packed:
    return {
        "regions": _pack(tally.regions),
        "departments": _pack(tally.departments),
        "languages": _pack(tally.languages),
        "policies": _pack({str(pk): found for pk, found in tally.policies.items()}),
        "days": {code: _pack_days(days) for code, days in tally.days.items()},
    }


def unpacked(kept: Packed) -> Tally:
    """The inverse of `packed`; raises KeyError for what that did not make."""
    regions = _unpack(kept["regions"])
    return Tally(
        total=sum(regions.values(), Figures()),
        regions=regions,
        departments=_unpack(kept["departments"]),
        languages=_unpack(kept["languages"]),
        policies={int(pk): found for pk, found in _unpack(kept["policies"]).items()},
        days={code: _unpack_days(days) for code, days in kept["days"].items()},
    )


def _pack(groups: Mapping[str, Figures]) -> Packed:
    return {code: astuple(found) for code, found in groups.items()}


def _unpack(kept: Packed) -> dict[str, Figures]:
    return {code: Figures(*found) for code, found in kept.items()}


def _pack_days(days: Days) -> Packed:
    return {day.isoformat(): {str(rank): number for rank, number in counts.items()} for day, counts in days.items()}


def _unpack_days(kept: Packed) -> dict[date, Counter[int]]:
    return {
        date.fromisoformat(day): Counter({int(rank): number for rank, number in counts.items()})
        for day, counts in kept.items()
    }
