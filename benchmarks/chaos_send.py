"""A campaign to 10,000 people while everything dies: workers are killed with `kill -9`, the broker is emptied, the mail
server restarts and drops the reply to some mails. Everybody must get their mail, and whatever came twice must be the
same mail and counted by the app.

Real workers (`celery worker -B`, started again by this script as the supervisor would), a real mail server on loopback
(`benchmarks.sink`) that writes down each mail it has taken. SQLite with the embedded broker always; PostgreSQL and
Redis too where DATABASE_URL and REDIS_URL name them: bin/services run -- .venv/bin/python -m benchmarks.chaos_send
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.form import Bench, environment, fresh_database, quick_or_full
from benchmarks.send import House, free_port

DROP = 5  # per cent of the mails whose reply is lost
WORKERS = 2
PATIENCE = 900.0  # seconds without an end


class Stage:
    """The mail server and the workers of one round, with all that can be done to them."""

    def __init__(self, folder: Path, env: dict[str, str], port: int) -> None:
        self.folder, self.env, self.port = folder, env, port
        self.log = folder / "taken.txt"
        self.server: subprocess.Popen[str] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        self.started = 0

    def start_server(self, drop: float = DROP) -> None:
        command = [sys.executable, "-m", "benchmarks.sink", str(self.port), "--drop", str(drop), "--log", str(self.log)]
        self.server = subprocess.Popen([*command, "--delay", "2"], stdout=subprocess.PIPE, text=True)
        assert self.server.stdout
        self.server.stdout.readline()

    def stop_server(self) -> None:
        assert self.server
        self.server.kill()
        self.server.wait()

    def start_worker(self, concurrency: int = 1) -> None:
        self.started += 1
        beat = ["-B", "-s", str(self.folder / f"beat-{self.started}")]
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "system,mail,reports",
                   "--concurrency", str(concurrency), "--loglevel", "ERROR", "-n", f"w{self.started}@chaos",
                   *beat]  # fmt: skip
        with (self.folder / "workers.log").open("ab") as log:
            self.workers.append(subprocess.Popen(command, env=self.env, stdout=log, stderr=log, start_new_session=True))

    def kill_worker(self, victim: subprocess.Popen[bytes]) -> None:
        """The parent and its children at once, without a word."""
        os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
        self.workers.remove(victim)

    def empty_broker(self) -> None:
        if url := self.env.get("REDIS_URL"):
            import redis  # noqa: PLC0415

            redis.Redis.from_url(url).flushall()
        else:
            queue = Path(self.env["VAR_DIR"]) / "broker" / "queue"
            for path in queue.iterdir():
                path.unlink(missing_ok=True)

    def stop(self) -> None:
        for worker in list(self.workers):
            self.kill_worker(worker)
        self.stop_server()


def play(people: int, kills: int) -> dict[str, Any]:
    """One round in the database that the environment names; the caller has migrated it."""
    from django.db import connection  # noqa: PLC0415

    folder, port, chance = Path(os.environ["VAR_DIR"]), free_port(), random.Random(5)
    house = House(people, port)
    from compliance.campaigns.tasks import deliver_messages  # noqa: PLC0415
    from organisations.doorbell import ring  # noqa: PLC0415

    env = os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "DEFAULT_FROM_EMAIL": "people@bench.example"}
    stage = Stage(folder, env, port)
    stage.start_server()
    for _ in range(WORKERS):
        stage.start_worker()
    house.again()
    ring(deliver_messages)
    begun, killed, flushed, restarted = time.monotonic(), 0, 0, 0
    steps = sorted(chance.uniform(0.02, 0.97) for _ in range(kills))  # by the share of mails that are out
    flushes, restarts = [0.3, 0.7], [0.5]
    while time.monotonic() - begun < PATIENCE:
        connection.close()
        left = house.Message.objects.exclude(state__in=["sent", "unknown", "failed"]).count()
        share = 1 - left / people
        if not left:
            break
        if steps and share >= steps[0] and stage.workers:
            steps.pop(0)
            time.sleep(chance.uniform(0, 0.2))
            stage.kill_worker(chance.choice(stage.workers))
            killed += 1
            stage.start_worker()
        if flushes and share >= flushes[0]:
            flushes.pop(0)
            stage.empty_broker()
            flushed += 1
        if restarts and share >= restarts[0]:
            restarts.pop(0)
            stage.stop_server()
            time.sleep(1)
            stage.start_server()
            restarted += 1
        hurry_up(house)
        time.sleep(0.02)
    stage.stop()
    return counted(house, stage.log, people) | {
        "killed": killed, "flushed": flushed, "restarted": restarted, "seconds": round(time.monotonic() - begun),
    }  # fmt: skip


def hurry_up(house: House) -> None:
    """The waits of dead workers and of a server that was away are minutes: here they are seconds."""
    from django.utils import timezone  # noqa: PLC0415

    now = timezone.now()
    soon = now + timedelta(seconds=5)
    house.Message.objects.filter(state="queued", due_at__gt=soon).update(due_at=now)
    stale = house.Message.objects.filter(state="sending", lease_until__lt=now + timedelta(seconds=50))
    stale.update(lease_until=now - timedelta(seconds=1))


def counted(house: House, log: Path, people: int) -> dict[str, Any]:
    """What arrived, against what the app says."""
    taken: dict[str, list[str]] = defaultdict(list)
    for line in log.read_text().splitlines():
        recipient, _, message_id = line.partition(" ")
        taken[recipient].append(message_id)
    twice = {to: ids for to, ids in taken.items() if len(ids) > 1}
    rows = house.Message.objects.select_related("invitation__employee")
    unsure = set(rows.filter(unsure=True).values_list("invitation__employee__email", flat=True))
    states: dict[str, int] = defaultdict(int)
    for state in rows.values_list("state", flat=True):
        states[state] += 1
    from organisations.models import Organisation  # noqa: PLC0415
    from organisations.queries import evidence_state  # noqa: PLC0415

    return {
        "missed": people - len(taken),
        "twice": len(twice),
        "extra": sum(len(ids) - 1 for ids in twice.values()),
        "other_mail": sum(len(set(ids)) > 1 for ids in twice.values()),
        "uncounted": len(twice.keys() - unsure),
        "counted": len(unsure),
        "states": dict(states),
        "broken": sum(
            evidence_state(organisation).broken_at is not None for organisation in Organisation.objects.all()
        ),
    }


def one_round(database: str, redis: str, people: int, kills: int) -> dict[str, Any]:
    """Plays in a process with a fresh folder and an empty database."""
    folder = tempfile.mkdtemp()
    try:
        env = environment(database, folder) | ({"REDIS_URL": redis} if redis else {})
        fresh_database(env)
        command = [sys.executable, "-m", "benchmarks.chaos_send", "--play", str(people), str(kills)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        return dict(json.loads(done.stdout.splitlines()[-1]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    if "--play" in sys.argv:
        people, kills = map(int, sys.argv[sys.argv.index("--play") + 1 :])
        print(json.dumps(play(people, kills)))
        return
    quick = quick_or_full(__doc__ or "")
    people, kills = (300, 2) if quick else (10_000, 50)
    settings = {"SQLite": ("sqlite", "")}
    if url := os.environ.get("DATABASE_URL", ""):
        settings["PostgreSQL + Redis"] = (url, os.environ.get("REDIS_URL", ""))
    bench = Bench("chaos: sending while everything dies", f"{people:,} people, {kills} kills, {DROP} % of replies lost")
    for label, (database, redis) in settings.items():
        found = one_round(database, redis, people, kills)
        bench.table(
            [label, ""],
            [
                ["people who got their mail", f"{people - found['missed']:,} of {people:,}"],
                ["people who got it more than once", f"{found['twice']:,} ({found['extra']:,} mails too many)"],
                ["… with another Message-ID", f"{found['other_mail']}"],
                ["… not counted by the app", f"{found['uncounted']}"],
                ["counted by the app as perhaps twice", f"{found['counted']:,}"],
                ["states at the end", ", ".join(f"{number:,} {state}" for state, number in found["states"].items())],
                ["workers killed / broker emptied / server restarted",
                 f"{found['killed']} / {found['flushed']} / {found['restarted']}"],
                ["seconds", f"{found['seconds']}"],
            ],
        )  # fmt: skip
        for name, limit in (("missed", 0), ("other_mail", 0), ("uncounted", 0), ("broken", 0)):
            bench.bar(f"{label}: {name}", found[name], "<=", limit)
        bench.bar(f"{label}: killed", found["killed"], ">=", 1 if quick else kills)
        bench.figure(f"{label.split()[0].lower()}_twice", found["twice"])
    bench.end()


if __name__ == "__main__":
    main()
