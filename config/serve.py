"""One command, one terminal: the web server and the worker, restarted when they die, stopped together.

`python -m config.serve [--port N] [--host H] [--only web|worker|beat]`
"""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config import settings

GRACE_SECONDS = 20
QUICK_DEATH_SECONDS = 5
MAX_QUICK_DEATHS = 5
PR_SET_PDEATHSIG = 1
WEB_WORKERS, WEB_THREADS = 2, 4


def say(text: str) -> None:
    print(f"offswitch: {text}", flush=True)


def die_with_parent() -> None:
    """A child must not outlive a supervisor that was killed: it would keep the port and the mails."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = field(default=0)

    def start(self) -> None:
        # A session of its own, so that Ctrl-C reaches the supervisor alone and the stop is orderly.
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=die_with_parent)  # noqa: PLW1509
        self.started = time.monotonic()

    def died(self) -> int | None:
        return self.process.poll() if self.process else None

    def signal_group(self, number: signal.Signals) -> None:
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def children(only: str | None, host: str, port: int) -> list[Child]:
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "config", "--quiet"]
    run = settings.VAR_DIR / "run"
    web = [python, "-m", "gunicorn", "config.wsgi", "--worker-class", "gthread", "--bind", f"{host}:{port}"]
    web += ["--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS), "--log-level", "warning"]
    web += ["--logger-class", "config.web.RedactingLogger"]
    worker = [
        *celery,
        "worker",
        "--queues",
        "system,mail,reports",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
    ]
    schedule = ["--schedule", str(run / "beat-schedule")]
    if only is None:
        worker += ["--beat", *schedule]
    wanted = {
        "web": Child("web server", web),
        "worker": Child("worker", worker),
        "beat": Child("beat", [*celery, "beat", *schedule, "--pidfile=", "--loglevel", "WARNING"]),
    }
    return [wanted[only]] if only else [wanted["web"], wanted["worker"]]


def prepare(only: str | None) -> None:
    """Migrations, catalogue and boot checks; one process of a deployment does it, the others wait for it to be done."""
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    steps = [["migrate", "--verbosity", "0"], ["load_catalogue", "--verbosity", "0"]] if only in {None, "web"} else []
    for step in [*steps, ["check", "--database", "default"]]:
        done = subprocess.run([*manage, *step], stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            say(f"did not start: `manage.py {' '.join(step)}` failed, see above.")
            sys.exit(done.returncode)
    if only in {None, "web"}:
        subprocess.run([*manage, "first_run"], check=True)


def watch(team: list[Child], stopping: threading.Event) -> int:
    while not stopping.wait(0.5):
        for child in team:
            code = child.died()
            if code is None:
                continue
            quick = time.monotonic() - child.started < QUICK_DEATH_SECONDS
            child.quick_deaths = child.quick_deaths + 1 if quick else 0
            if child.quick_deaths >= MAX_QUICK_DEATHS:
                say(f"the {child.name} died {MAX_QUICK_DEATHS} times at its start; giving up. Its messages are above.")
                return 1
            say(f"the {child.name} ended (status {code}); starting it again.")
            child.start()
    return 0


def stop(team: list[Child]) -> None:
    for child in team:
        if child.process:
            child.process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in team:
        if child.process:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
        child.signal_group(signal.SIGKILL)


def write_pid(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(os.getpid()))


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/serve", description=__doc__)
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=settings.PORT)
    parser.add_argument("--only", choices=["web", "worker", "beat"], help="one part alone, for containers")
    options = parser.parse_args()
    if "BASE_URL" not in os.environ:
        os.environ["PORT"] = str(options.port)  # links in mails follow the port that is really served
    prepare(options.only)
    pid = settings.VAR_DIR / "run" / f"{options.only or 'serve'}.pid"
    write_pid(pid)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    team = children(options.only, options.host, options.port)
    for child in team:
        child.start()
    say(f"running. Open http://{options.host}:{options.port}/ · Ctrl-C stops it." if not options.only else "running.")
    try:
        return watch(team, stopping)
    finally:
        stop(team)
        pid.unlink(missing_ok=True)
        say("stopped.")


if __name__ == "__main__":
    sys.exit(main())
