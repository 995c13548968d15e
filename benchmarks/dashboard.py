"""The dashboard and the list of people: server time, queries, growth with people, and totals against a window query.

SQLite, and PostgreSQL where DATABASE_URL names one (`bin/services run -- python -m benchmarks.dashboard`). Databases of
SQLite are kept under var/benchmarks and used again.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.form import Bench, environment, fresh_database, quick_or_full

KEPT = Path("var/benchmarks")
PAGES = ("dashboard", "filtered", "live", "people")


def measured(database: str, people: int, answers: int, requests: int, folder: Path) -> dict[str, float]:
    """Of `benchmarks.dashboard_child`, on a database that holds so many people."""
    env, line = environment(database, folder), [sys.executable, "-m", "benchmarks.dashboard_child"]
    done = folder / "populated"
    fresh_database(env)  # of SQLite one that is there already is brought up to date
    if database != "sqlite" or not done.exists():
        subprocess.run([*line, "populate", str(people), str(answers)], env=env, check=True)
        done.touch()
    out = subprocess.run([*line, "measure", str(requests)], env=env, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(out.stdout.splitlines()[-1])
    return found


def main() -> None:
    quick = quick_or_full(__doc__ or "")
    sizes = ((2_100, 8_000), (4_200, 16_000)) if quick else ((10_000, 100_000), (100_000, 1_000_000))
    requests = 10 if quick else 60
    said = " and ".join(f"{people:,} people × 3 policies, {answers:,} answers" for people, answers in sizes)
    bench = Bench("dashboard: pages of an administrator", f"{said}; {requests} requests a page")
    databases = {"sqlite": "sqlite"} | ({"postgresql": url} if (url := os.environ.get("DATABASE_URL", "")) else {})
    for name, database in databases.items():
        with tempfile.TemporaryDirectory() as throw_away:
            found = []
            for people, answers in sizes:
                folder = Path(throw_away) if quick or name != "sqlite" else KEPT / f"dashboard-{people}"
                folder = folder / str(people) if quick else folder
                folder.mkdir(parents=True, exist_ok=True)
                found.append(measured(database, people, answers, requests, folder.resolve()))
        shown(bench, name, sizes, found)
        bars(bench, name, found[0], found[1])
    bench.end()


def shown(
    bench: Bench, name: str, sizes: tuple[tuple[int, int], ...], found: list[dict[str, float]]
) -> None:  # fmt: skip
    header = [name, *(f"{people:,} people" for people, _ in sizes)]
    rows = [
        [f"{page}, p50 / p95 ms (queries, BEGIN and COMMIT aside)"]
        + [f"{one[f'{page}_p50']:.1f} / {one[f'{page}_p95']:.1f} ({one[f'{page}_queries']:.0f})" for one in found]
        for page in PAGES
    ]
    rows += [
        [
            "dashboard, as it is / with the first wall open, ms",
            *(f"{one['wall_asked']:.1f} / {one['wall_open']:.1f}" for one in found),
        ],
        ["totals as the dashboard takes them, ms", *(f"{one['totals_kept']:.2f}" for one in found)],
        ["totals by a window over the answers, ms", *(f"{one['totals_window']:.0f}" for one in found)],
        ["answers", *(f"{one['rows']:,.0f}" for one in found)],
    ]
    bench.table(header, rows)
    for size, one in zip(("small", "large"), found, strict=True):
        for key, value in one.items():
            bench.figure(f"{name}_{key}_{size}", value)


def bars(bench: Bench, name: str, small: dict[str, float], large: dict[str, float]) -> None:
    for page in PAGES:
        bench.bar(f"{name}: {page}, p95 ms", large[f"{page}_p95"], "<=", 150)
        bench.bar(f"{name}: {page}, queries", large[f"{page}_queries"], "<=", 12)
    growth = large["filtered_p50"] / small["filtered_p50"]
    bench.bar(f"{name}: filtered page, many people over few", growth, "<=", 1.3)
    faster = large["totals_window"] / large["totals_kept"]
    bench.bar(f"{name}: totals, times faster than a window", faster, ">=", 10)


if __name__ == "__main__":
    main()
