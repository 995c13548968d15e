"""A readiness report: seconds for its figures and for the files, memory of the engine, and how both grow with people.

The floor is one grouped count of answers by country, which has no people, no instant, no mails and no departments.
"""

import json
import subprocess
import sys
import tempfile

from benchmarks import annex
from benchmarks.form import Bench, environment, fresh_database, quick_or_full


def measured(people: int) -> dict[str, float]:
    """Of `benchmarks.report_child`, in a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment("sqlite", folder)
        fresh_database(env)
        line = [sys.executable, "-m", "benchmarks.report_child"]
        subprocess.run([*line, "populate", str(people)], env=env, check=True)
        done = subprocess.run([*line, "measure"], env=env, check=True, stdout=subprocess.PIPE, text=True)
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found


def main() -> None:
    quick = quick_or_full(__doc__ or "")
    sizes = (200, 2_000) if quick else (1_000, 100_000)
    bench = Bench("report: figures and files of one campaign", f"{sizes[0]:,} and {sizes[1]:,} people × 3 policies")
    small, large = (measured(people) for people in sizes)
    names = {
        "floor": "grouped count (floor), s", "now": "figures, s", "past": "figures of a past instant, s",
        "shown": "figures as they may be shown, s", "report": "report: PDF, XLSX, CSV, JSON, s",
        "engine_mib": "engine, at most MiB", "worker_mib": "worker, peak MiB", "pages": "pages", "bytes": "PDF, bytes",
    }  # fmt: skip
    header = ["what", *(f"{people:,} people" for people in sizes)]
    bench.table(header, [[label, f"{small[key]:,.2f}", f"{large[key]:,.2f}"] for key, label in names.items()])
    for key in names:
        bench.figure(f"{key}_small", small[key])
        bench.figure(f"{key}_large", large[key])
    bench.bar("files that are the same again", min(small["same"], large["same"]), ">=", 1)
    bench.bar("report, seconds", large["report"], "<=", 60)
    bench.bar("report of many people over one of few", large["report"] / small["report"], "<=", 1.3)
    bench.bar("report of many people, worker MiB", large["worker_mib"], "<=", 400)
    bench.bar("report of many people, engine MiB", large["engine_mib"], "<=", 400)
    bench.bar("figures over floor", large["now"] / large["floor"], "<=", 20)
    annexes(bench, (300, 600, 1_200) if quick else (1_000, 10_000, 20_000))
    spreadsheets(bench, 10_000 if quick else 100_000)
    bench.end()


def annexes(bench: Bench, sizes: tuple[int, int, int]) -> None:
    """Ours at three sizes, and WeasyPrint's plain table at the middle one. Growth is that of the work on the rows."""
    plain, ours = annex.measured("plain", sizes[1]), [annex.measured("ours", count) for count in sizes]
    table = [
        *([f"ours, {count:,} rows", found] for count, found in zip(sizes, ours, strict=True)),
        [f"one WeasyPrint pass, {sizes[1]:,} rows", plain],
    ]
    bench.table(
        ["annex", "s", "MiB", "bytes"],
        [[str(name), f"{of['seconds']:.2f}", f"{of['mib']:.0f}", f"{of['bytes']:,}"] for name, of in table],  # type: ignore[index]
    )
    bench.figure("annex_plain", plain["seconds"])
    for count, found in zip(sizes, ours, strict=True):
        bench.figure(f"annex_{count}", found["seconds"])
    bench.bar("annex: times faster than one WeasyPrint pass", plain["seconds"] / ours[1]["seconds"], ">=", 8)
    bench.bar("annex, at most MiB", max(found["mib"] for found in ours), "<=", 300)
    growth = ours[2]["seconds"] / ours[0]["seconds"] / (sizes[2] / sizes[0])
    bench.bar("annex: seconds a row, most rows over fewest", growth, "<=", 1.15)
    bench.bar("annex: every row once", min(found["whole"] for found in ours), ">=", 1)


def spreadsheets(bench: Bench, count: int) -> None:
    """XLSX against a bare loop, in turns."""
    turns = [(annex.measured("sheet", count), annex.measured("bare", count)) for _ in range(3)]
    ours, bare = (sorted(turn[at]["seconds"] for turn in turns)[1] for at in (0, 1))
    bench.figure("xlsx", ours)
    bench.figure("xlsx_bare", bare)
    bench.bar("XLSX over a bare loop", ours / bare, "<=", 2)


if __name__ == "__main__":
    main()
