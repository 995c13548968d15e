"""A report over poisoned rows: a department with a name of 400 kB, and 30 whose names are injections for HTML, CSS,
SVG, templates, spreadsheets and paths. It must fail or show them as text; the worker lives, mails take as long as
before, and nothing calls out.

Every payload that can call somebody calls a server of this script on loopback, which counts. Where strace is installed,
the engine runs once more under it: every system call of the network is counted, whichever library made it.

    .venv/bin/python -m benchmarks.poison_report [--quick]
"""

import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from benchmarks.chaos_send import Stage
from benchmarks.form import Bench, environment, fresh_database, quick_or_full

LONG = 400_000
PAYLOADS = (
    '<img src="{url}/img">', "<script>fetch('{url}/js')</script>", '"><link rel=stylesheet href="{url}/css">',
    "<style>@import '{url}/import';</style>", "<style>body{{background:url({url}/bg)}}</style>",
    '<svg><image href="{url}/svg"/></svg>', '<svg><use href="{url}/use#x"/></svg>',
    '<iframe src="{url}/frame"></iframe>',
    '<object data="{url}/object"></object>', '<embed src="{url}/embed">', '<base href="{url}/">',
    '<meta http-equiv=refresh content="0;url={url}/meta">', '<a href="{url}/a" rel=attachment>x</a>',
    '<link rel=attachment href="file:///etc/passwd">', '<img src="file:///etc/passwd">',
    '<img src="//127.0.0.1:{port}/x">',
    "{{{{ report.organisation.contact_email }}}}", "{{% include '/etc/passwd' %}}", "{{% load static %}}{{% debug %}}",
    '=HYPERLINK("{url}/hyper","x")', "=cmd|'/C calc'!A0",
    "+IMPORTXML(\"{url}/xml\",\"//a\")", "@SUM(1+1)*cmd|'/C x'!A0",
    '=WEBSERVICE("{url}/ws")', "-2+3+cmd|' /C calc'!A0", "\t=1+1",
    "&xxe;<!DOCTYPE x [<!ENTITY xxe SYSTEM '{url}/dtd'>]>",
    "../../../../etc/passwd", "</td></tr></table><h1>Forged</h1>", "\u202egnp.exe\u202c<b>bold</b>",
)  # fmt: skip


class Canary(BaseHTTPRequestHandler):
    calls: list[str] = []

    def do_GET(self) -> None:
        self.calls.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def poisoned(port: int) -> tuple[Any, list[str]]:
    """A campaign whose departments are the payloads, eight people each."""
    from benchmarks.populate import make  # noqa: PLC0415 - after the environment is set
    from compliance.campaigns.models import AttestationRequest, Campaign, Invitation  # noqa: PLC0415
    from employees.models import Employee  # noqa: PLC0415

    campaign, soon = make(8 * len(PAYLOADS)), datetime.now(UTC) + timedelta(days=9)
    names = [text.format(url=f"http://127.0.0.1:{port}", port=port) for text in PAYLOADS]
    people = list(Employee.objects.order_by("id").values_list("pk", flat=True))
    for number, name in enumerate(names):
        Employee.objects.filter(pk__in=people[number :: len(names)]).update(department=name, country="GB")
    Invitation.objects.update(country="GB", closes_at=soon, answered_at=None)
    AttestationRequest.objects.update(collection_mode="named")
    Campaign.objects.update(closes_at=soon)
    campaign.refresh_from_db()
    return campaign, names


def latency(campaign: Any, rounds: int) -> list[float]:
    """Seconds from a mail's row to its being sent, one at a time."""
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from compliance.campaigns.models import Message  # noqa: PLC0415
    from compliance.campaigns.tasks import deliver_messages  # noqa: PLC0415
    from organisations.doorbell import ring  # noqa: PLC0415

    taken = []
    message = Message.objects.filter(campaign=campaign, kind="instruction").order_by("id")[0]
    for _ in range(rounds):
        Message.objects.filter(pk=message.pk).update(
            state="queued", due_at=timezone.now(), attempts=0, sent_at=None, claim=None, lease_until=None
        )
        begun = time.monotonic()
        ring(deliver_messages)
        while time.monotonic() - begun < 60:
            connection.close()
            if Message.objects.filter(pk=message.pk, state="sent").exists():
                break
            time.sleep(0.01)
        taken.append(time.monotonic() - begun)
    return taken


def play(rounds: int, length: int) -> dict[str, Any]:
    import django  # noqa: PLC0415 - after the environment is set

    django.setup()
    from employees.models import Employee  # noqa: PLC0415

    server = HTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    campaign, names = poisoned(server.server_port)
    folder = Path(os.environ["VAR_DIR"])
    stage = Stage(folder, dict(os.environ), 0)
    stage.start_worker(concurrency=2)
    latency(campaign, 2)  # the worker starts
    quiet = latency(campaign, rounds)
    report, busy = made(campaign)
    Employee.objects.filter(department=names[0]).update(department="A " * (length // 2))
    long, more = made(campaign)
    alive = stage.workers[0].poll() is None and len(latency(campaign, 1)) == 1
    for worker in list(stage.workers):
        stage.kill_worker(worker)
    Employee.objects.filter(department__startswith="A A ").update(department=names[0])
    return {
        "state": report.state, "pages": report.pages, "long_state": long.state, "long_pages": long.pages,
        "detail": f"{report.detail} {long.detail}", "alive": alive, "calls": len(Canary.calls),
        "quiet": statistics.median(quiet), "busy": statistics.median(busy + more), "busy_mails": len(busy + more),
        **shown(report, names), **watched(report, folder),
    }  # fmt: skip


def made(campaign: Any) -> tuple[Any, list[float]]:
    """A report made by the worker, and the seconds of the mails that it sent meanwhile."""
    from django.utils import timezone  # noqa: PLC0415

    from organisations.doorbell import ring  # noqa: PLC0415
    from reports.models import Report  # noqa: PLC0415
    from reports.services import request_report  # noqa: PLC0415
    from reports.tasks import make_report  # noqa: PLC0415

    report = request_report(organisation=campaign.organisation, campaign=campaign, user=None, now=timezone.now())
    ring(make_report, report_id=report.pk)
    taken = latency(campaign, 1)
    while Report.objects.filter(pk=report.pk, state__in=["queued", "running"]).exists() and len(taken) < 2000:
        taken += latency(campaign, 1)
    report.refresh_from_db()
    return report, taken


def shown(report: Any, names: Sequence[str]) -> dict[str, int]:
    """Payloads that are not there as text in CSV; formulas and links in XLSX; links to our server in the PDF."""
    import pikepdf  # noqa: PLC0415

    if report.state != "done":
        return {"not_text": len(names), "formulas": 0, "links": 0}
    with report.path_of("csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    with zipfile.ZipFile(report.path_of("xlsx")) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    formulas = sum(part.count(b"<f>") for name, part in parts.items() if "/worksheets/" in name)
    formulas += sum(b"hyperlink" in part.lower() for name, part in parts.items() if name.endswith(".rels"))
    with pikepdf.open(report.path_of("pdf")) as pdf:
        links = sum("127.0.0.1" in str(item.get("/A", "")) for page in pdf.pages for item in page.get("/Annots", []))
    lost = [name for name in names if not any(name.strip() in cell for cell in cells)]
    return {"not_text": len(lost), "formulas": formulas, "links": links}


def watched(report: Any, folder: Path) -> dict[str, int]:
    """The engine once more, on the same rows, under strace: its system calls of the network."""
    from django.utils import timezone  # noqa: PLC0415

    from reports.services import build_report, request_report  # noqa: PLC0415

    if not shutil.which("strace"):
        return {"syscalls": 0, "traced": 0}
    real, trace, wrapper = sys.executable, folder / "trace.txt", folder / "python"
    wrapper.write_text(f'#!/bin/sh\nexec strace -f -qq -e trace=network -o {trace} {real} "$@"\n')
    wrapper.chmod(0o755)
    again = request_report(
        organisation=report.organisation, campaign=report.campaign, user=None, now=timezone.now(), as_of=report.as_of
    )
    try:
        sys.executable = str(wrapper)
        build_report(report_id=again.pk, now=timezone.now())
    finally:
        sys.executable = real
    again.refresh_from_db()
    lines = [line for line in trace.read_text().splitlines() if "exited" not in line and "SIG" not in line]
    return {"syscalls": len(lines), "traced": int(again.state == report.state)}


def main() -> None:
    if "--play" in sys.argv:
        print(json.dumps(play(*map(int, sys.argv[-2:]))))
        return
    rounds, length = (5, LONG // 20) if quick_or_full(__doc__ or "") else (30, LONG)
    sizes = f"{len(PAYLOADS)} injections, one name of {length:,} bytes; {rounds} mails"
    bench = Bench("a report over poisoned rows", sizes)
    folder = tempfile.mkdtemp()
    try:
        env = environment("sqlite", folder)
        fresh_database(env)
        command = [sys.executable, "-m", "benchmarks.poison_report", "--play", str(rounds), str(length)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        found = json.loads(done.stdout.splitlines()[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    told(bench, found)
    bench.end()


def told(bench: Bench, found: dict[str, Any]) -> None:
    bench.table(
        ["what", ""],
        [
            ["the report with injections", f"{found['state']}, {found['pages']} pages"],
            ["the report with the long name", f"{found['long_state']}, {found['long_pages']} pages {found['detail']}"],
            ["a mail, from row to sent, before", f"{found['quiet'] * 1000:.0f} ms"],
            ["a mail while reports were made", f"{found['busy'] * 1000:.0f} ms ({found['busy_mails']} mails)"],
            ["calls to our server", f"{found['calls']}"],
            [
                "the engine's system calls of the network",
                str(found["syscalls"]) if found["traced"] else "no strace here",
            ],
        ],
    )
    for name in ("quiet", "busy"):
        bench.figure(f"{name}_seconds", found[name])
    bench.figure("traced", found["traced"])
    bench.bar("injections_done", found["state"] == "done", ">=", 1)
    bench.bar("long_name_ended", found["long_state"] in {"done", "failed"}, ">=", 1)
    bench.bar("worker_alive", found["alive"], ">=", 1)
    for name in ("calls", "not_text", "formulas", "links", "syscalls"):
        bench.bar(name, found[name], "<=", 0)
    bench.bar("mail_latency_added_seconds", found["busy"] - found["quiet"], "<=", 0.5)


if __name__ == "__main__":
    main()
