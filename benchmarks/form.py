"""The form that every benchmark keeps: sizes and machine first, a table with floor and peers, one line of JSON last.

The JSON is `{"figures": {name: number}, "bars": {name: [value, "<=" or ">=", limit, holds]}}`; the exit status is 1
when a bar falls short.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg


def quick_or_full(description: str) -> bool:
    """Whether `--quick` (smaller sizes, under a minute) was given."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, under 60 s")
    return bool(parser.parse_args().quick)


def cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def interleaved(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each way, all ways in every round, so that a busy moment meets all of them."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def environment(database: str, folder: str | Path) -> dict[str, str]:
    """Of a process that works on this database, with nothing of the caller's own settings."""
    given = {"VAR_DIR": str(folder), "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "config.settings"}
    env = os.environ | given | {"SECRET_KEY": "benchmark", "EMAIL_URL": "", "LINK_KEYS": "1:" + "00" * 32}
    env["EVIDENCE_KEYS"] = env["SIGN_IN_KEYS"] = env["LINK_KEYS"]
    for variable in ("DATABASE_URL", "REDIS_URL"):
        env.pop(variable, None)
    return env | ({} if database == "sqlite" else {"DATABASE_URL": database})


def fresh_database(env: dict[str, str]) -> None:
    """An empty database for a process with this environment: PostgreSQL's may hold what another run left, and its
    evidence log refuses to be emptied."""
    if "DATABASE_URL" in env:
        with psycopg.connect(env["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
    line = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"]
    subprocess.run(line, env=env, check=True)


@dataclass
class Bench:
    """Collects rows, figures and bars of one run."""

    title: str
    sizes: str
    figures: dict[str, float] = field(default_factory=dict)
    bars: dict[str, tuple[float, str, float, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        print(f"{self.title}\n  {self.sizes}\n  {os.cpu_count()} × {cpu()}")
        print(f"  Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.platform()}\n")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
        for row in [header, *rows]:
            print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        print()

    def figure(self, name: str, value: float) -> float:
        self.figures[name] = round(value, 4)
        return value

    def bar(self, name: str, value: float, sign: str, limit: float) -> None:
        """A bar that this run must keep: `value <= limit` or `value >= limit`."""
        holds = value <= limit if sign == "<=" else value >= limit
        self.bars[name] = (round(value, 4), sign, limit, holds)
        print(f"  {'holds ' if holds else 'FAILS '} {name}: {value:.3g} {sign} {limit:g}")

    def end(self) -> None:
        """Prints the line of JSON and leaves with the status it deserves."""
        print(json.dumps({"figures": self.figures, "bars": self.bars}))
        sys.exit(0 if all(bar[3] for bar in self.bars.values()) else 1)
