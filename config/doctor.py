"""Looks at what the product stands on, and says what to do where something is not right. Each check is one function
that yields findings; none changes anything."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import dns.exception
import dns.resolver
from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.db import DatabaseError, connection
from django.utils import timezone

from compliance.campaigns.gateways import Connection, LockedOut, Unreached, configured_server
from compliance.campaigns.gateways.mailbox import MailboxAway, look_at, parse_mailbox
from compliance.campaigns.queries import oldest_due
from config.celery import app
from config.env import WAL_SAFE_FROM

FREE = 1024**3  # bytes; below that imports and reports run out of disk
SKEW = timedelta(minutes=2)
SLOW = timedelta(minutes=5)
DNS_SECONDS = 5.0


class Finding(NamedTuple):
    """`grade` is ok, look (works, but look at it) or broken; `todo` is empty where nothing is to be done."""

    grade: str
    about: str
    said: str
    todo: str = ""


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


def mail_server() -> Iterator[Finding]:
    if not settings.EMAIL_URL:
        yield Finding("look", "Mail", "No mail server is set: mails are files in the local outbox.",
                      "Set EMAIL_URL (or ESP) to reach people.")  # fmt: skip
        return
    if settings.ESP:
        grade, todo = ("ok", "") if settings.ANYMAIL_WEBHOOK_SECRET else (
            "look", "Set ANYMAIL_WEBHOOK_SECRET and the service’s webhook, or bounces stay unknown.")  # fmt: skip
        yield Finding(grade, "Mail", f"By {settings.ESP}.", todo)
        return
    server = configured_server()
    link = Connection(server)
    try:
        link.open()
    except LockedOut as error:
        yield Finding("broken", "Mail", f"{server.host} does not take the user and password: {error}",
                      "Correct them in EMAIL_URL; special characters must be percent-encoded.")  # fmt: skip
    except Unreached as error:
        todo = "Check host and port in EMAIL_URL, and the firewall. EMAIL_TLS=off allows a relay without TLS."
        yield Finding("broken", "Mail", f"{server.host}:{server.port} cannot be used: {error}", todo)
    else:
        yield Finding(
            "ok",
            "Mail",
            f"{server.host}:{server.port} lets us in{' over TLS' if server.starttls or server.ssl else ''}.",
        )
        if not (server.starttls or server.ssl):
            yield Finding(
                "look", "Mail", "Mails travel to the server without encryption.", "Use smtp+tls:// or smtp+ssl://."
            )
    finally:
        link.close()


def bounces() -> Iterator[Finding]:
    if settings.ESP or not settings.EMAIL_URL:
        return
    if not settings.BOUNCE_ADDRESS:
        yield Finding("look", "Bounces", "BOUNCE_ADDRESS is not set: mails that come back are not noticed.",
                      "Set it, and BOUNCE_MAILBOX_URL for the mailbox they go to.")  # fmt: skip
    if settings.BOUNCE_MAILBOX_URL:
        try:
            waiting = look_at(parse_mailbox(settings.BOUNCE_MAILBOX_URL))
            yield Finding("ok", "Bounces", f"The mailbox can be read; {waiting} mails wait in it.")
        except (MailboxAway, ValueError) as error:
            yield Finding("broken", "Bounces", str(error), "Correct BOUNCE_MAILBOX_URL.")


def sender_domain() -> Iterator[Finding]:
    """SPF, DKIM and DMARC, as far as DNS tells. A DKIM key can only be found where its selector is known."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    if not settings.EMAIL_URL or "." not in domain:
        return
    try:
        spf = [text for text in _texts(domain) if text.lower().startswith("v=spf1")]
        dmarc = [text for text in _texts(f"_dmarc.{domain}") if text.upper().startswith("V=DMARC1")]
    except dns.exception.DNSException as error:
        yield Finding("look", "DNS", f"No answer about {domain}: {error}", "Run doctor where DNS can be asked.")
        return
    if len(spf) == 1:
        yield Finding("ok", "SPF", f"{domain}: {spf[0]}")
    else:
        yield Finding(
            "look", "SPF", f"{domain} has {len(spf)} SPF records.", "Publish exactly one that names your mail server."
        )
    if dmarc:
        yield Finding("ok", "DMARC", dmarc[0])
    else:
        yield Finding(
            "look", "DMARC", f"{domain} has no DMARC record.", f"Publish one at _dmarc.{domain}, p=none to begin with."
        )
    if not settings.DKIM_SELECTOR:
        yield Finding("look", "DKIM", "Without DKIM_SELECTOR the key cannot be looked up.",
                      "Set it to the selector with which your mail server signs.")  # fmt: skip
        return
    try:
        found = _texts(f"{settings.DKIM_SELECTOR}._domainkey.{domain}")
    except dns.exception.DNSException:
        found = []
    yield (
        Finding("ok", "DKIM", f"{settings.DKIM_SELECTOR} is published.")
        if found
        else Finding(
            "look",
            "DKIM",
            f"{settings.DKIM_SELECTOR}._domainkey.{domain} has no key.",
            "Publish the server’s public key.",
        )
    )


def _texts(name: str) -> list[str]:
    """The TXT records of a name. Raises DNSException where nobody answers; a name without any has none."""
    resolver = dns.resolver.Resolver()
    resolver.lifetime = DNS_SECONDS
    try:
        answer = resolver.resolve(name, "TXT")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode(errors="replace") for record in answer]


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
