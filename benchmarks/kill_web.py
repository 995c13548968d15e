"""`kill -9` for the web processes while people answer: whoever saw the thanks page must be in the database, once.

bin/serve's web part under load; a gunicorn worker dies, sometimes the master above them. Clients do as browsers do:
what brought no answer is sent again, the same form. At the end each acknowledged form is an attestation, the current
answer and an entry of an unbroken evidence log, and no form is there twice. Then 50 identical answers at once, which
are one, and 50 different ones of one person. SQLite always; PostgreSQL too where DATABASE_URL names one:
bin/services run -- .venv/bin/python -m benchmarks.kill_web
"""

import http.client
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.form import Bench, quick_or_full
from benchmarks.load import load
from benchmarks.people import (
    Form,
    Link,
    Page,
    Visitor,
    answer_form,
    databases,
    free_port,
    links,
    play_or_main,
    played,
    prepare,
    recorded,
    running,
    serve_command,
)
from benchmarks.send import House

CLIENTS = 8
THINKING = 0.05  # seconds between two answers of a client
AT_ONCE = 50
ARBITERS = 4  # every so many kills, the master dies and not a worker
PATIENCE = 60.0


@dataclass
class Noted:
    """What the clients know: the forms whose thanks page they have seen."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    thanked: Counter[int] = field(default_factory=Counter)  # by invitation
    last: dict[int, str] = field(default_factory=dict)  # the answer of the newest form
    at: list[float] = field(default_factory=list)
    repeated: int = 0
    given_up: int = 0


class Client(threading.Thread):
    """Answers for one person after the other until told to stop."""

    def __init__(self, port: int, people: Sequence[Link], noted: Noted, stop: threading.Event) -> None:
        super().__init__()
        self.port, self.people, self.noted, self.stop = port, people, noted, stop

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            link = self.people[number % len(self.people)]
            self.one(link, number)
            number += 1
            time.sleep(THINKING)

    def one(self, link: Link, number: int) -> None:
        visitor, deadline = Visitor(self.port, timeout=PATIENCE), time.monotonic() + PATIENCE
        form: tuple[Page, Form] | None = None
        while time.monotonic() < deadline:
            try:
                if form is None:
                    page = visitor.open(link.path)
                    form = page, answer_form(page.text)
                answer = form[1].answered(number)
                if recorded(visitor.submit(form[0], form[1], answer)):
                    self.note(link, answer[-1][1])
                    break
            except (OSError, http.client.HTTPException, LookupError):
                pass  # as a person does who sees that the page did not come
            time.sleep(0.1)
            with self.noted.lock:
                self.noted.repeated += 1
        else:
            with self.noted.lock:
                self.noted.given_up += 1
        visitor.close()

    def note(self, link: Link, answer: str) -> None:
        with self.noted.lock:
            self.noted.thanked[link.invitation] += 1
            self.noted.last[link.invitation] = answer
            self.noted.at.append(time.monotonic())


def below(parent: int) -> list[int]:
    """Process ids of the children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def kill_one(supervisor: int, chance: random.Random, number: int) -> str:
    """Kills a worker or the master at once; what it was, or "" when none was up at the moment."""
    masters = below(supervisor)
    workers = [pid for master in masters for pid in below(master)]
    if not workers:
        return ""
    master = number % ARBITERS == ARBITERS - 1
    os.kill(masters[0] if master else chance.choice(workers), signal.SIGKILL)
    return "master" if master else "worker"


def under_fire(port: int, supervisor: int, people: Sequence[Link], kills: int) -> tuple[Noted, Counter[str]]:
    noted, stop, chance, killed = Noted(), threading.Event(), random.Random(5), Counter[str]()
    clients = [Client(port, people[one::CLIENTS], noted, stop) for one in range(CLIENTS)]
    for client in clients:
        client.start()
    while killed.total() < kills:
        time.sleep(chance.uniform(0.5, 2.5))
        what = kill_one(supervisor, chance, killed.total())
        killed[what] += bool(what)
        # The supervisor gives up on a child that dies five times within five seconds of its start.
        time.sleep(5 if what == "master" else 0)
    time.sleep(3)
    stop.set()
    for client in clients:
        client.join()
    return noted, +killed


def in_the_database(noted: Noted) -> dict[str, int]:
    """Every thanked form against rows, current answers and the evidence log."""
    from compliance.attestations.models import Attestation  # noqa: PLC0415
    from compliance.campaigns.models import AttestationRequest  # noqa: PLC0415
    from organisations.models import EvidenceEntry  # noqa: PLC0415

    rows = Counter(Attestation.objects.values_list("request__invitation_id", flat=True))
    current = dict(AttestationRequest.objects.exclude(answer="").values_list("invitation_id", "answer"))
    return {
        "thanked": noted.thanked.total(),
        "lost": (noted.thanked - rows).total(),
        "twice": (rows - noted.thanked).total(),
        "other_answer": sum(current.get(pk) != answer for pk, answer in noted.last.items()),
        "without_evidence": abs(
            rows.total() - EvidenceEntry.objects.filter(kind__startswith="attestation.recorded").count()
        ),
        "broken": broken_chains(),
    }


def broken_chains() -> int:
    from organisations.models import Organisation  # noqa: PLC0415
    from organisations.queries import evidence_state  # noqa: PLC0415

    return sum(evidence_state(one).broken_at is not None for one in Organisation.objects.all())


def at_once(port: int, same: Link, other: Link) -> dict[str, Any]:
    """The same form 50 times in parallel, and 50 forms of one person in parallel."""
    from compliance.attestations.models import Attestation  # noqa: PLC0415
    from compliance.campaigns.models import AttestationRequest  # noqa: PLC0415

    identical = load(port, AT_ONCE, [prepare(port, same.path, 0)[1]] * AT_ONCE)
    different = load(port, AT_ONCE, [prepare(port, other.path, number)[1] for number in range(AT_ONCE)])
    rows = Attestation.objects.filter(request__invitation=other.invitation).order_by("id")
    newest = rows.values_list("answer", flat=True).last()
    return {
        "identical_rows": Attestation.objects.filter(request__invitation=same.invitation).count(),
        "identical_statuses": identical["statuses"],
        "different_rows": rows.count(),
        "different_statuses": different["statuses"],
        "newest_is_current": AttestationRequest.objects.get(invitation=other.invitation).answer == newest,
        "broken_after": broken_chains(),
    }


def play(people: int, kills: int) -> dict[str, Any]:
    House(people + 2, policies=["linkedin-genai-training"])
    folder, port = Path(os.environ["VAR_DIR"]), free_port()
    *everybody, same, other = links()
    with running(serve_command(port), port, os.environ, folder / "web.log") as supervisor:
        noted, killed = under_fire(port, supervisor.pid, everybody, kills)
        found = in_the_database(noted)
        found |= at_once(port, same, other)
    gaps = [later - sooner for sooner, later in zip(noted.at, noted.at[1:], strict=False)]
    return found | {
        "killed": killed, "repeated": noted.repeated, "given_up": noted.given_up, "longest_gap": max(gaps, default=0.0),
    }  # fmt: skip


def report(bench: Bench, label: str, found: dict[str, Any], kills: int) -> None:
    killed = found["killed"]
    bench.table(
        [label, ""],
        [
            ["killed", ", ".join(f"{number} × {what}" for what, number in killed.items())],
            ["answers whose thanks page arrived", f"{found['thanked']:,}"],
            ["… of them lost / there twice", f"{found['lost']} / {found['twice']}"],
            ["sent again for want of an answer", f"{found['repeated']:,}; given up: {found['given_up']}"],
            ["longest time without an answer", f"{found['longest_gap']:.1f} s"],
            [f"{AT_ONCE} identical answers at once", f"{found['identical_rows']} row; {found['identical_statuses']}"],
            [f"{AT_ONCE} answers of one person at once",
             f"{found['different_rows']} rows; {found['different_statuses']}"],
        ],
    )  # fmt: skip
    bench.figure(f"{label.lower()}_thanked", found["thanked"])
    bench.figure(f"{label.lower()}_longest_gap_s", found["longest_gap"])
    for text, key in (
        ("thanked, but not in the database", "lost"),
        ("in the database twice", "twice"),
        ("another current answer than the newest thanked", "other_answer"),
        ("attestations without evidence, or evidence without", "without_evidence"),
        ("broken evidence logs", "broken"),
        ("people whom nobody answered in a minute", "given_up"),
        ("broken evidence logs after all at once", "broken_after"),
    ):
        bench.bar(f"{label}: {text}", found[key], "<=", 0)
    bench.bar(f"{label}: killed", sum(killed.values()), ">=", kills)
    bench.bar(f"{label}: rows of identical answers too many or few", abs(found["identical_rows"] - 1), "<=", 0)
    taken = found["different_statuses"].get("303", 0)
    bench.bar(
        f"{label}: different answers of one person, rows against thanks", abs(found["different_rows"] - taken), "<=", 0
    )
    bench.bar(f"{label}: … of them taken", taken, ">=", AT_ONCE)
    bench.bar(f"{label}: … and the newest is the current one", found["newest_is_current"], ">=", 1)


def main() -> None:
    quick = quick_or_full(__doc__ or "")
    people, kills = (48, 2) if quick else (2_000, 20)
    bench = Bench("kill web: answering while servers die", f"{people:,} people, {CLIENTS} at a time, {kills} kills")
    for label, database in databases().items():
        report(bench, label, played("kill_web", database, people, kills), kills)
    bench.end()


if __name__ == "__main__":
    play_or_main(play, main)
