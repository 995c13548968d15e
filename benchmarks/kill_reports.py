"""Reports while their worker is killed with `kill -9`: each of 20 is killed once, at a moment of chance in its making.
Exactly 20 must be finished, none stuck, none made twice, no engine may live on, and every file must be the one that the
evidence log names.

A real worker with beat, started again by this script as the supervisor would; the embedded broker on SQLite, or
PostgreSQL and Redis where DATABASE_URL and REDIS_URL name them. What takes minutes in life, the lease of a dead worker,
is shortened here.

    [bin/services run --] .venv/bin/python -m benchmarks.kill_reports [--quick]
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.chaos_send import Stage
from benchmarks.form import Bench, environment, fresh_database, quick_or_full

PEOPLE = 400
PATIENCE = 900.0  # seconds without an end
LONGEST_LIFE = 4.0  # seconds that a making has before the kill; the last ones are finished by then


def play(reports: int) -> dict[str, Any]:
    """One round in the database that the environment names; the caller has migrated it."""
    import django  # noqa: PLC0415 - after the environment is set

    django.setup()
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from benchmarks.populate import AS_OF, make  # noqa: PLC0415
    from reports.models import Report  # noqa: PLC0415
    from reports.services import request_report  # noqa: PLC0415

    chance, campaign = random.Random(11), make(PEOPLE)
    for number in range(reports):
        as_of = AS_OF - timedelta(hours=number)
        request_report(
            organisation=campaign.organisation, campaign=campaign, user=None, now=timezone.now(), as_of=as_of
        )
    connection.close()
    stage = Stage(Path(os.environ["VAR_DIR"]), dict(os.environ), 0)
    stage.start_worker()
    killed, stages, orphans, begun = set[int](), Counter[str](), 0, time.monotonic()
    while time.monotonic() - begun < PATIENCE and Report.objects.filter(state__in=["queued", "running"]).exists():
        fresh = Report.objects.filter(state="running").exclude(pk__in=killed).first()
        if fresh:
            time.sleep(chance.uniform(0, LONGEST_LIFE))
            stage.kill_worker(stage.workers[0])
            killed.add(fresh.pk)
            fresh.refresh_from_db()
            stages[fresh.stage.split(" page ")[0] if fresh.state == "running" else fresh.state] += 1
            time.sleep(0.2)
            orphans += len(engines())
            Report.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
            stage.start_worker()
        connection.close()
        time.sleep(0.02)
    for worker in list(stage.workers):
        stage.kill_worker(worker)
    return {"killed": len(killed), "orphans": orphans, "stages": dict(stages)} | counted(reports)


def engines() -> list[int]:
    """PDF engines of this round that are still there."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            mine = os.environ["VAR_DIR"].encode() in path.read_bytes()
            if mine and b"reports.pdf_child" in path.with_name("cmdline").read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


def counted(reports: int) -> dict[str, Any]:
    """What is there in the end, against what the log says."""
    from organisations.models import EvidenceEntry  # noqa: PLC0415
    from organisations.queries import evidence_state  # noqa: PLC0415
    from reports.models import Report  # noqa: PLC0415

    rows = list(Report.objects.order_by("id"))
    made = EvidenceEntry.objects.filter(kind="report.made").order_by("seq")
    said = {facts["report"]: facts["files"] for facts in made.values_list("facts", flat=True)}
    wrong = sum(
        hashlib.sha256(path.read_bytes()).hexdigest() != said[row.pk][extension]
        for row in rows
        for extension in row.files
        if (path := row.path_of(extension))
    )
    return {
        "done": sum(row.state == "done" for row in rows),
        "stuck": sum(row.state in {"queued", "running"} for row in rows),
        "failed": sum(row.state == "failed" for row in rows),
        "twice": made.count() - len(said),
        "unmade": reports - len(said),
        "without_files": sum(any(row.path_of(name) is None for name in ("pdf", "xlsx", "csv", "json")) for row in rows),
        "wrong_files": wrong,
        "attempts": sum(row.attempts for row in rows),
        "broken": int(evidence_state(rows[0].organisation).broken_at is not None),
    }


def main() -> None:
    if "--play" in sys.argv:
        print(json.dumps(play(int(sys.argv[-1]))))
        return
    reports = 3 if quick_or_full(__doc__ or "") else 20
    url, redis = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    where = "PostgreSQL + Redis" if url else "SQLite"
    bench = Bench(
        f"kill -9 of the worker during reports, {where}", f"{reports} reports of {PEOPLE} people, each killed once"
    )
    folder, begun = tempfile.mkdtemp(), time.monotonic()
    try:
        env = environment(url or "sqlite", folder) | ({"REDIS_URL": redis} if redis else {})
        fresh_database(env)
        command = [sys.executable, "-m", "benchmarks.kill_reports", "--play", str(reports)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        found = json.loads(done.stdout.splitlines()[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    bench.table(
        ["what", ""],
        [
            ["workers killed", f"{found['killed']}"],
            ["… while", ", ".join(f"{number} {stage}" for stage, number in sorted(found["stages"].items()))],
            ["reports finished", f"{found['done']} of {reports}"],
            ["makings begun", f"{found['attempts']}"],
            ["seconds", f"{time.monotonic() - begun:.0f}"],
        ],
    )
    bench.figure("seconds", time.monotonic() - begun)
    bench.bar("killed", found["killed"], ">=", reports)
    bench.bar("finished", found["done"], ">=", reports)
    for name in ("stuck", "failed", "twice", "unmade", "without_files", "wrong_files", "orphans", "broken"):
        bench.bar(name, found[name], "<=", 0)
    bench.end()


if __name__ == "__main__":
    main()
