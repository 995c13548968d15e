"""Looks at what the product stands on, and says what to do where something is not right. Each check is one function
that yields findings; none changes anything."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.db import DatabaseError, connection
from django.utils import timezone

from compliance.campaigns.gateways.checking import Finding, bounces, mail_server, sender_domain
from compliance.campaigns.queries import oldest_due
from config.celery import app
from config.env import WAL_SAFE_FROM

FREE = 1024**3  # bytes; below that imports and reports run out of disk
SKEW = timedelta(minutes=2)
SLOW = timedelta(minutes=5)


Check = Callable[[], Iterator[Finding]]


def settings_() -> Iterator[Finding]:
    problems = run_checks()
    for problem in problems:
        grade = "broken" if problem.level >= ERROR else "look"
        yield Finding(grade, "Settings", f"{problem.id}: {problem.msg}", problem.hint or "")
    if not problems:
        yield Finding("ok", "Settings", "No setting is missing or contradicts another.")


def database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA quick_check")
                state = cursor.fetchone()[0]
                version = sqlite3.sqlite_version
                if state != "ok":
                    yield Finding(
                        "broken", "Database", f"SQLite says: {state}", "Stop the product and restore a backup."
                    )
                else:
                    journal = "write-ahead log" if sqlite3.sqlite_version_info >= WAL_SAFE_FROM else "rollback journal"
                    yield Finding("ok", "Database", f"SQLite {version}, {journal}, sound.")
            else:
                cursor.execute("SELECT now(), version()")
                there, version = cursor.fetchone()
                yield Finding("ok", "Database", f"{version.split(',')[0].split(' (')[0]}, reached.")
                yield from _clock("the database", abs(timezone.now() - there))
    except DatabaseError as error:
        yield Finding("broken", "Database", str(error).strip(), "Is DATABASE_URL right, and the server up?")


def _clock(whose: str, skew: timedelta) -> Iterator[Finding]:
    seconds = int(skew.total_seconds())
    if skew > SKEW:
        yield Finding("broken", "Clock", f"This machine’s clock and that of {whose} differ by {seconds} s.",
                      "Set both by NTP: evidence and schedules live by the clock.")  # fmt: skip
    else:
        yield Finding("ok", "Clock", f"Agrees with {whose}.")


def disk() -> Iterator[Finding]:
    usage = shutil.disk_usage(settings.VAR_DIR)
    said = f"{usage.free / 1024**3:.1f} GiB free of {usage.total / 1024**3:.0f} where {settings.VAR_DIR.name}/ is."
    yield (
        Finding("ok", "Disk", said)
        if usage.free > FREE
        else Finding("look", "Disk", said, "Make room, or move VAR_DIR.")
    )


def worker() -> Iterator[Finding]:
    try:
        answers = app.control.ping(timeout=2.0) or []
    except Exception as error:  # noqa: BLE001  # broad: whatever the broker's library raises, the broker is away
        yield Finding("broken", "Broker", f"{type(error).__name__}: {error}"[:200], "Is REDIS_URL right, and Redis up?")
        return
    yield Finding("ok", "Broker", "Redis, reached." if settings.REDIS_URL else "The folder in var/broker.")
    names = [name for answer in answers for name in answer]
    if names:
        yield Finding("ok", "Workers", f"{len(names)} answered: {', '.join(names)}.")
    elif settings.REDIS_URL:
        yield Finding("broken", "Workers", "No worker answered within 2 seconds.", "Start one: bin/serve --only worker")
    oldest = oldest_due(timezone.now())
    if oldest and timezone.now() - oldest > SLOW:
        minutes = int((timezone.now() - oldest).total_seconds() // 60)
        yield Finding("broken", "Beat", f"A mail has been due for {minutes} minutes and nobody took it.",
                      "Is the worker running, and one beat with it? bin/serve starts both.")  # fmt: skip
    else:
        yield Finding("ok", "Beat", "No mail has been waiting longer than it should.")


CHECKS: tuple[Check, ...] = (settings_, database, disk, worker, mail_server, bounces, sender_domain)


@dataclass(frozen=True)
class Diagnosis:
    findings: list[Finding]

    @property
    def broken(self) -> bool:
        return any(finding.grade == "broken" for finding in self.findings)


def diagnose() -> Diagnosis:
    """Every check, none of which keeps the others from running."""
    return Diagnosis([finding for check in CHECKS for finding in check()])
