"""Sending a campaign: ours against Django's ways and a floor of prebuilt bytes, to a mail server on loopback.

Ours: claims, letters, filling, SMTP, durable acknowledgements with evidence, as a worker does it. `send_mail`: one call
a mail, each with a connection of its own. Reused: one connection, a template rendered and an EmailMultiAlternatives
built for each, its row updated and committed. Floors: the bytes of our mails, made beforehand, over one bare socket;
plain waits for each reply, pipelined does not. The slow ways send fewer mails; all figures are for one mail.
SQLite always; PostgreSQL too where DATABASE_URL names one: bin/services run -- .venv/bin/python -m benchmarks.send
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from benchmarks.form import Bench, environment, fresh_database, quick_or_full

COUNTRIES = ["DE", "GB", "FR", "NL", "CH", "HK", "CA", "AT", "ES", "IT"]
POLICIES = ["linkedin-genai-training", "linkedin-affiliates-partners", "linkedin-microsoft-ads"]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def sink(port: int, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A mail server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.sink", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


class House:
    """An organisation with a started campaign, in the database that the environment names."""

    def __init__(self, people: int, port: int = 25, policies: Sequence[str] = POLICIES) -> None:
        import django  # noqa: PLC0415 - after the environment is set

        django.setup()
        from django.conf import settings  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from compliance.campaigns.models import Message  # noqa: PLC0415
        from compliance.catalogue.gateways import read_catalogue  # noqa: PLC0415
        from compliance.catalogue.services import load_catalogue  # noqa: PLC0415
        from employees.models import Employee  # noqa: PLC0415
        from organisations.services import create_organisation  # noqa: PLC0415

        settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        self.settings, self.Message, now = settings, Message, timezone.now()
        load_catalogue(files=read_catalogue(), now=now)
        organisation = create_organisation(slug="bench", name="Bench", contact_email="people@bench.example", now=now)
        organisation.approval_above = 10_000_000
        organisation.save()
        Employee.objects.bulk_create(
            [
                Employee(
                    organisation=organisation,
                    name=f"Zoë Müller {i}",
                    email=f"person.{i}@company-{i % 7}.example",
                    country=COUNTRIES[i % len(COUNTRIES)],
                    created_at=now,
                )
                for i in range(people)
            ],
            batch_size=500,
        )
        self.organisation, self.people = organisation, people
        self.campaign("Bench", policies)

    def campaign(self, name: str, policies: Sequence[str]) -> None:
        """Starts a campaign to everybody."""
        from django.utils import timezone  # noqa: PLC0415

        from compliance.campaigns.rules import Terms  # noqa: PLC0415
        from compliance.campaigns.services import create_campaign, start_campaign  # noqa: PLC0415
        from compliance.catalogue.models import Policy  # noqa: PLC0415

        now = timezone.now()
        campaign = create_campaign(
            organisation=self.organisation,
            name=name,
            policies=Policy.objects.filter(key__in=policies),
            closes_at=now + timedelta(days=30),
            user=None,
            now=now,
            works_council="Agreement of 1 October 2025.",
            working_hours=False,
            terms=Terms("legitimate_interest", "Intranet", 90, "done", ""),
        )
        start_campaign(campaign=campaign, now=now)

    def again(self) -> None:
        """Every mail waits once more."""
        self.Message.objects.update(state="queued", claim=None, attempts=0, letter=None)

    def ours(self) -> float:
        """Seconds a mail."""
        from compliance.campaigns.services.delivery import deliver_due  # noqa: PLC0415

        self.again()
        start = time.perf_counter()
        done = deliver_due()
        taken = time.perf_counter() - start
        assert done == self.people == self.Message.objects.filter(state="sent").count(), done
        return taken / done

    def mails(self, number: int) -> list[tuple[str, bytes]]:
        """(recipient, content) as ours would send them."""
        from django.utils import timezone  # noqa: PLC0415

        from compliance.campaigns.queries import claimed_messages  # noqa: PLC0415
        from compliance.campaigns.services.delivery import claim_batch  # noqa: PLC0415
        from compliance.campaigns.services.delivery.desk import Desk  # noqa: PLC0415

        self.again()
        claim = claim_batch(now=timezone.now(), limit=number).claim
        assert claim
        rows = claimed_messages(claim)
        desk = Desk(rows, timezone.now())
        return [(mail.to, mail.content) for mail in map(desk.mail, rows)]

    def per_message(self, number: int, *, reuse: bool) -> float:
        """The ways of Django's documentation. Seconds a mail."""
        from django.core.mail import EmailMultiAlternatives, get_connection, send_mail  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from compliance.campaigns.letters.composing import Occasion, fill_words, write_words  # noqa: PLC0415
        from compliance.campaigns.letters.words import mail_language, personal_link  # noqa: PLC0415
        from compliance.campaigns.queries import invitation_requests  # noqa: PLC0415

        self.again()
        rows = list(self.Message.objects.select_related("invitation__employee", "campaign__organisation")[:number])
        connection = get_connection() if reuse else None
        start = time.perf_counter()
        if connection:
            connection.open()
        for row in rows:
            invitation = row.invitation
            language = mail_language(invitation.employee.language, invitation.country)
            occasion = Occasion(row.kind, row.step, invitation.country, language, invitation.last_day, claimed=False)
            words = write_words(row.campaign, occasion, invitation_requests(invitation.pk), {})
            mail = fill_words(words, name=invitation.employee.name, link=personal_link(invitation), stop="https://x")
            sender, to = "people@bench.example", [invitation.employee.email]
            if connection:
                letter = EmailMultiAlternatives(mail.subject, mail.text, sender, to, connection=connection)
                letter.attach_alternative(mail.html, "text/html")
                letter.send()
            else:
                send_mail(mail.subject, mail.text, sender, to, html_message=mail.html)
            row.state, row.sent_at = "sent", timezone.now()
            row.save(update_fields=["state", "sent_at"])
        if connection:
            connection.close()
        return (time.perf_counter() - start) / number


def floor(port: int, mails: Sequence[tuple[str, bytes]], *, pipelined: bool) -> float:
    """Prebuilt bytes over one bare socket. Seconds a mail."""
    sender = "MAIL FROM:<a@bench.example>"
    ready = [
        (f"{sender}\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode(), body.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        for to, body in mails
    ]
    with socket.create_connection(("127.0.0.1", port)) as sock:
        file = sock.makefile("rb")
        file.readline()
        sock.sendall(b"EHLO bench\r\n")
        while file.readline()[3:4] == b"-":
            pass
        start = time.perf_counter()
        (_pipelined if pipelined else _plain)(sock, file.readline, ready)
        return (time.perf_counter() - start) / len(mails)


def _plain(sock: socket.socket, read: Callable[[], bytes], ready: Sequence[tuple[bytes, bytes]]) -> None:
    for envelope, body in ready:
        for command in envelope.splitlines(keepends=True):
            sock.sendall(command)
            read()
        sock.sendall(body)
        assert read().startswith(b"250")


def _pipelined(sock: socket.socket, read: Callable[[], bytes], ready: Sequence[tuple[bytes, bytes]]) -> None:
    following = [envelope for envelope, _ in ready[1:]] + [b""]
    sock.sendall(ready[0][0])
    for (_, body), envelope in zip(ready, following, strict=True):
        read(), read(), read()
        sock.sendall(body + envelope)
        assert read().startswith(b"250")


# --- Stages, each in a process and a database of its own --------------------------------------------------------------


def throughput(people: int, few: int, rounds: int) -> dict[str, float]:
    port = free_port()
    with sink(port):
        house = House(people, port)
        mails = house.mails(min(people, 20_000))
        taken: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, way in (
                ("plain", lambda: floor(port, mails, pipelined=False)),
                ("pipelined", lambda: floor(port, mails, pipelined=True)),
                ("ours", house.ours),
                ("reused", lambda: house.per_message(few, reuse=True)),
            ):
                taken.setdefault(name, []).append(way())  # type: ignore[no-untyped-call]
        taken["send_mail"] = [house.per_message(few, reuse=False)]
    return {name: sorted(times)[len(times) // 2] for name, times in taken.items()}


def latency(people: int, few: int) -> dict[str, float]:
    """A server that takes 25 ms over each mail: one plain connection, and ours with 32."""
    port = free_port()
    with sink(port, "--delay", "25"):
        house = House(people, port)
        house.settings.SMTP_CONNECTIONS = 32
        plain = floor(port, house.mails(few), pipelined=False)
        return {"plain": plain, "ours": house.ours()}


def pace(seconds: int, per_minute: int) -> dict[str, float]:
    """How many mails a worker hands over in a stretch of time under a cap."""
    port = free_port()
    with sink(port):
        house = House(per_minute * seconds // 60 * 2, port)
        house.settings.MAIL_RATE = f"{per_minute}/m"
        from compliance.campaigns.services.delivery import sending  # noqa: PLC0415

        sending.SHIFT = timedelta(seconds=seconds)
        start = time.time()
        sending.deliver_due()
        taken = time.time() - start
        times = sorted(
            at.timestamp() for at in house.Message.objects.filter(state="sent").values_list("sent_at", flat=True) if at
        )
        return {"sent": len([at for at in times if at < start + seconds]), "seconds": taken}


STAGES: dict[str, Callable[..., dict[str, float]]] = {"throughput": throughput, "latency": latency, "pace": pace}


def stage(database: str, name: str, *numbers: int) -> dict[str, float]:
    """Runs one stage against one database in a fresh process with a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(database, folder)
        fresh_database(env)
        command = [sys.executable, "-m", "benchmarks.send", "--stage", name, *map(str, numbers)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    if "--stage" in sys.argv:
        name, *numbers = sys.argv[sys.argv.index("--stage") + 1 :]
        print(json.dumps(STAGES[name](*map(int, numbers))))
        return
    quick = quick_or_full(__doc__ or "")
    people, few, rounds = (600, 30, 1) if quick else (20_000, 1_000, 3)
    databases = {"SQLite": "sqlite"}
    if url := os.environ.get("DATABASE_URL", ""):
        databases["PostgreSQL"] = url
    bench = Bench("send: a campaign's mails", f"{people:,} mails; {few:,} for the slow ways; median of {rounds}")
    for label, database in databases.items():
        one_database(bench, label, database, (people, few, rounds), quick)
    bench.end()


def one_database(bench: Bench, label: str, database: str, sizes: tuple[int, int, int], quick: bool) -> None:
    people, few, _ = sizes
    found, slow = stage(database, "throughput", *sizes), stage(database, "latency", max(people // 2, 500), few // 2)
    names = {
        "pipelined": "floor, pipelined",
        "plain": "floor, plain",
        "ours": "ours",
        "reused": "one connection, EmailMultiAlternatives, a row updated each",
        "send_mail": "send_mail, a connection each",
    }
    print(label)
    bench.table(
        ["way", "µs a mail", "mails a second", "× plain floor"],
        [
            [text, f"{found[name] * 1e6:,.0f}", f"{1 / found[name]:,.0f}", f"{found[name] / found['plain']:.2f}"]
            for name, text in names.items()
        ],
    )
    for name in names:
        bench.figure(f"{label.lower()}_{name}_us", found[name] * 1e6)
    bench.bar(f"{label}: faster than the reused connection", found["reused"] / found["ours"], ">=", 10)
    bench.bar(f"{label}: share of the plain floor's rate", found["plain"] / found["ours"], ">=", 0.4)
    bench.table(
        ["with 25 ms of server latency", "mails a second"],
        [["one plain connection", f"{1 / slow['plain']:,.0f}"], ["ours, 32 connections", f"{1 / slow['ours']:,.0f}"]],
    )
    bench.bar(f"{label}: with latency, times one plain connection", slow["plain"] / slow["ours"], ">=", 20)
    seconds, cap = (4, 1200) if quick else (60, 1200)
    rate = stage(database, "pace", seconds, cap)
    wanted = cap / 60 * seconds
    bench.figure(f"{label.lower()}_pace_sent", rate["sent"])
    bench.bar(
        f"{label}: mails under a cap of {wanted:,.0f}, over it", rate["sent"] / wanted, "<=", 1.15 if quick else 1.02
    )
    bench.bar(f"{label}: the same, of it used", rate["sent"] / wanted, ">=", 0.5 if quick else 0.98)


if __name__ == "__main__":
    main()
