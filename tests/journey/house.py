"""A fresh installation of its own for one test: the processes that `bin/serve` starts, on an empty database."""

import os
import re
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import STDOUT, Popen, TimeoutExpired
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

from benchmarks.people import free_port

START_SECONDS = 90
# Never the one that other test processes use: a worker takes what it finds in its queue.
_REDIS_NUMBER = 15
_CODE = re.compile(r"setup code: ([A-Z2-9-]+)")
_LINK = re.compile(r"https?://\S+?(/l/[A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class House:
    """Where it answers, and what it said at its start."""

    url: str
    folder: Path
    log: Path

    @property
    def setup_code(self) -> str:
        found = _CODE.search(self.log.read_text())
        assert found, self.log.read_text()
        return found[1]

    def links(self) -> list[str]:
        """The paths of the personal links in all mails of the outbox so far, in the order in which they went."""
        mails = sorted((self.folder / "outbox").glob("*.eml"), key=lambda mail: mail.stat().st_mtime_ns)
        found = (_LINK.search(mail.read_text().replace("=\n", "")) for mail in mails)
        return [link[1] for link in found if link]


def _settings(folder: Path, port: int, database: str) -> dict[str, str]:
    """Of an installation as its README sets it up, with nothing of the test's own settings."""
    mine = {"SECRET_KEY", "LINK_KEYS", "EVIDENCE_KEYS", "SIGN_IN_KEYS", "EMAIL_URL", "DATABASE_URL", "REDIS_URL"}
    env = {name: value for name, value in os.environ.items() if name not in mine}
    env |= {"VAR_DIR": str(folder), "BASE_URL": f"http://localhost:{port}", "LOG_LEVEL": "WARNING"}
    if database:
        key = "1:" + "5a" * 32
        env |= {"DATABASE_URL": database, "SECRET_KEY": "journey", "LINK_KEYS": key}
        env |= {"EVIDENCE_KEYS": key, "SIGN_IN_KEYS": key}
    if settings.REDIS_URL:
        env["REDIS_URL"] = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path=f"/{_REDIS_NUMBER}"))
    return env


@contextmanager
def _database(name: str) -> Iterator[str]:
    """The address of an empty database where the tests run on PostgreSQL; "" for the embedded one."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield ""
        return
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _wait(url: str, process: Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"{url}/healthz", timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError(f"the installation did not start: {log.read_text()}")


@contextmanager
def house(folder: Path, name: str) -> Iterator[House]:
    """`name` is of letters and marks the database. Web server, worker and scheduler run, and end with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder / "serve.log"
    with _database(f"journey_{name}") as database, log.open("wb") as out:
        command = [sys.executable, "-m", "config.serve", "--port", str(port)]
        env = _settings(folder, port, database)
        process = Popen(
            command, env=env, cwd=settings.BASE_DIR, stdout=out, stderr=STDOUT, start_new_session=True
        )  # fmt: skip
        url = f"http://localhost:{port}"
        try:
            _wait(url, process, log)
            yield House(url, folder, log)
        finally:
            process.terminate()
            with suppress(TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()
