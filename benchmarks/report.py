"""A readiness report: seconds for its figures and for the files, memory of the engine, and how both grow with people.

The floor is one grouped count of answers by country, which has no people, no instant, no mails and no departments.
"""

import json
import subprocess
import sys
import tempfile

from benchmarks.form import Bench, environment, fresh_database, quick_or_full


def measured(people: int) -> dict[str, float]:
    """Of `benchmarks.report_child`, in a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment("sqlite", folder)
        fresh_database(env)
        line = [sys.executable, "-m", "benchmarks.report_child", str(people)]
        done = subprocess.run(line, env=env, check=True, stdout=subprocess.PIPE, text=True)
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found


def main() -> None:
    sizes = (200, 2_000) if quick_or_full(__doc__ or "") else (5_000, 50_000)
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
    bench.bar("engine's memory, ten times the people", large["engine_mib"] / small["engine_mib"], "<=", 1.5)
    bench.bar("figures over floor", large["now"] / large["floor"], "<=", 20)
    bench.end()


if __name__ == "__main__":
    main()
