"""The rule engine over a whole roster against a bare dictionary look-up over the same rows.

Floor: `table[place]` for each row, the least that any per-person answer costs. Ours: the decisions of all policies for
each person, with reasons and citations. One by one: the same without sharing what people in one place have in common.
"""

import os
import random
import tracemalloc
from datetime import date

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from benchmarks.form import Bench, interleaved, quick_or_full  # noqa: E402 - Django first
from compliance.catalogue.assembly import assemble, version_of  # noqa: E402
from compliance.catalogue.gateways import read_catalogue  # noqa: E402
from compliance.catalogue.rules import Catalogue, Resolver, Subject, resolve  # noqa: E402

ON = date(2025, 11, 3)
SAMPLE = 500


def catalogue() -> Catalogue:
    files = read_catalogue()
    versions = [
        version_of(policy.id, policy.platform, version, files.regions)
        for policy in files.policies
        for version in policy.versions
    ]
    return assemble(files.regions, files.collection, versions)


def roster(people: int, known: Catalogue) -> list[tuple[str, str]]:
    """Places as a large company has them: every country, and the US by state."""
    chance = random.Random(20251103)
    places = [(code, "") for code in known.places] + [("US", code) for code in known.collection if "-" in code]
    return chance.choices(places, k=people)


def look_up(rows: list[tuple[str, str]], table: dict[tuple[str, str], int]) -> int:
    found = 0
    for place in rows:
        found += table[place]
    return found


def decide(rows: list[tuple[str, str]], known: Catalogue) -> int:
    """Starts from nothing each time: the answers of every place are made anew."""
    found = 0
    for _decisions in Resolver(ON, known).each(rows):
        found += 1
    return found


def peak_bytes(rows: list[tuple[str, str]], known: Catalogue) -> int:
    tracemalloc.start()
    decide(rows, known)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> None:
    rounds, people = 5 if quick_or_full(__doc__ or "") else 15, 100_000
    known = catalogue()
    rows = roster(people, known)
    table = dict.fromkeys(set(rows), 1)
    bench = Bench("resolve: person × region × date", f"{people:,} people × {len(known.versions)} policies")
    times = interleaved({"floor": lambda: look_up(rows, table), "ours": lambda: decide(rows, known)}, rounds)
    alone = interleaved({"one": lambda: [resolve(Subject(*row), ON, known) for row in rows[:SAMPLE]]}, 3)["one"]
    alone *= people / SAMPLE
    ratio = bench.figure("ours_over_floor", times["ours"] / times["floor"])
    bench.figure("floor_ms", times["floor"] * 1000)
    bench.figure("ours_ms", times["ours"] * 1000)
    bench.figure("one_by_one_ms", alone * 1000)
    small, large = peak_bytes(rows[: people // 10], known), peak_bytes(rows, known)
    growth = bench.figure("peak_memory_growth_10x_people", large / small)
    bench.figure("peak_memory_mib", large / 2**20)
    bench.table(
        ["way", "ms", "× floor"],
        [
            ["dictionary look-up (floor)", f"{times['floor'] * 1000:.1f}", "1"],
            ["ours, a roster at once", f"{times['ours'] * 1000:.1f}", f"{ratio:.2f}"],
            [f"one by one (from {SAMPLE} people)", f"{alone * 1000:.0f}", f"{alone / times['floor']:.0f}"],
        ],
    )
    bench.bar("ours over floor", ratio, "<=", 3)
    bench.bar("peak memory, ten times the people", growth, "<=", 1.5)
    bench.end()


if __name__ == "__main__":
    main()
