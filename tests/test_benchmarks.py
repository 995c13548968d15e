"""Every benchmark runs and keeps the form; what it measures is for people to run, not for a test to judge."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.once import ON_SERVICES, ON_SQLITE

SCRIPTS = sorted(
    path.stem
    for path in (Path(settings.BASE_DIR) / "benchmarks").glob("*.py")
    if path.stem
    not in {
        "__init__",
        "form",
        "sink",
        "people",
        "populate",
        "report_child",
        "dashboard_child",
        "load",
        "wrapped",
        "traces",
        "annex",
        "names",
    }
)

# Those that are most of all about what several processes do to one database.
ABOUT_SERVICES = {"attest", "chaos_import", "dashboard", "import", "kill_reports", "kill_web", "leaks"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=ON_SERVICES if name in ABOUT_SERVICES else ON_SQLITE) for name in SCRIPTS]
)
def test_a_benchmark_ends_with_its_figures(name: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{name}", "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=settings.BASE_DIR, check=False, timeout=1200)
    assert done.stdout, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["figures"]
    for value, sign, limit, holds in last["bars"].values():
        assert holds == (value <= limit if sign == "<=" else value >= limit)
    assert done.returncode == (0 if all(bar[3] for bar in last["bars"].values()) else 1)
