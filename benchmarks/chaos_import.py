"""`kill -9` at random points of roster commits: each time all of the plan is on the roster, or nothing of it.

Every round plans a file that changes everybody, starts its commit in a process of its own and kills that at a random
moment of the time a commit takes. Then the people, the import's state and the evidence chain are looked at. SQLite
always; PostgreSQL too where DATABASE_URL names one:
bin/services run -- .venv/bin/python -m benchmarks.chaos_import
"""

import importlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks.form import Bench, environment, fresh_database, quick_or_full

roster = importlib.import_module("benchmarks.import").roster


def commit(import_id: int) -> None:
    """In the process that will be killed: says when it begins, and commits."""
    import django  # noqa: PLC0415 - after the environment is set

    django.setup()
    from django.utils import timezone  # noqa: PLC0415

    from employees.models import RosterImport  # noqa: PLC0415
    from employees.services import commit_import  # noqa: PLC0415

    print("ready", flush=True)
    planned = RosterImport.objects.get(pk=import_id)
    commit_import(roster_import=planned, leavers_confirmed=True, now=timezone.now())
    print("done", flush=True)


def rounds(people: int, kills: int) -> dict[str, Any]:
    """Plays the rounds against the database that the environment names."""
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from employees.gateways import roster_file  # noqa: PLC0415
    from employees.models import Employee, RosterImport  # noqa: PLC0415
    from employees.services import plan_file  # noqa: PLC0415
    from organisations.queries import evidence_state  # noqa: PLC0415
    from organisations.services import create_organisation  # noqa: PLC0415

    chance, now = random.Random(11), timezone.now()
    organisation = create_organisation(slug=f"chaos-{now:%H%M%S}", name="Chaos", contact_email="a@c.example", now=now)
    found = {"killed": 0, "nothing": 0, "all": 0, "mixed": 0, "broken": 0}

    def planned(number: int) -> Any:
        content = roster(people).replace(b"Department ", f"Part {number} ".encode())
        return plan_file(
            organisation=organisation, file=roster_file("staff.csv", content), user=None, now=timezone.now()
        )

    def departments() -> set[str]:
        names = Employee.objects.filter(organisation=organisation).values_list("department", flat=True)
        return {name.rpartition(" ")[0] for name in names}

    def play(import_id: int, kill_after: float | None) -> float:
        connection.close()
        command = [sys.executable, "-m", "benchmarks.chaos_import", "--commit", str(import_id)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        process.stdout.readline()
        start = time.perf_counter()
        if kill_after is None:
            process.wait()
        else:
            time.sleep(kill_after)
            process.kill()
            process.wait()
        process.stdout.close()
        return time.perf_counter() - start

    play(planned(0).pk, None)
    takes = play(planned(1).pk, None)  # of a commit that changes everybody, as all that follow
    number, before = 2, {"Part 1"}
    made = planned(number)
    while found["killed"] < kills:
        play(made.pk, chance.uniform(0, takes))
        found["killed"] += 1
        state = RosterImport.objects.values_list("state", flat=True).get(pk=made.pk)
        after = {f"Part {number}"} if state == "committed" else before
        found["all" if state == "committed" else "nothing"] += 1
        found["mixed"] += departments() != after
        found["broken"] += evidence_state(organisation).broken_at is not None
        if state == "committed":
            number, before = number + 1, after
            made = planned(number)
    return found | {"takes": takes, "people": Employee.objects.filter(organisation=organisation).count()}


def main() -> None:
    if "--commit" in sys.argv:
        commit(int(sys.argv[-1]))
        return
    if "--rounds" in sys.argv:
        print(json.dumps(rounds(*map(int, sys.argv[-2:]))))
        return
    people, kills = (1_000, 2) if quick_or_full(__doc__ or "") else (20_000, 20)
    bench = Bench("chaos: kill -9 during roster commits", f"{people:,} people changed by each commit, {kills} kills")
    databases = {"SQLite": "sqlite"} | ({"PostgreSQL": url} if (url := os.environ.get("DATABASE_URL", "")) else {})
    for label, database in databases.items():
        with tempfile.TemporaryDirectory() as folder:
            env = environment(database, folder)
            fresh_database(env)
            command = [sys.executable, "-m", "benchmarks.chaos_import", "--rounds", str(people), str(kills)]
            done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        bench.table(["database", *found], [[label, *(f"{value:g}" for value in found.values())]])
        bench.bar(f"{label}: kills", bench.figure(f"{label.lower()}_kills", found["killed"]), ">=", kills)
        bench.bar(f"{label}: commits seen by halves", found["mixed"], "<=", 0)
        bench.bar(f"{label}: evidence chains broken", found["broken"], "<=", 0)
    bench.end()


if __name__ == "__main__":
    main()
