"""A thousand live links among mail scanners: nothing may be recorded or used up, and people answer all the same.

Every link is asked with HEAD, opened with GET, shown by headless Chromium with all scripts running (where it is
installed), and visited by a robot that follows every link of our own in every page and sends every form exactly as
found; the links that stop reminders and a dead link likewise. The whole database before and after must be the same,
sessions included. A mail programme's one click (RFC 8058) is no part of it: that one is meant to work. Then every
person answers; then others do while links are opened a hundred times a second. SQLite always; PostgreSQL too where
DATABASE_URL names one: bin/services run -- .venv/bin/python -m benchmarks.scanner_storm
"""

import asyncio
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.async_api import Browser, async_playwright

from benchmarks.form import Bench, quick_or_full
from benchmarks.load import command, prepared
from benchmarks.people import (
    HOST,
    Button,
    Link,
    Page,
    Visitor,
    answer_form,
    databases,
    forms_in,
    free_port,
    hrefs_in,
    links,
    play_or_main,
    played,
    prepare_all,
    quantile,
    raw,
    recorded,
    running,
    serve_command,
)
from benchmarks.send import House
from tests.browsers import ARGUMENTS, find_chromium

DEAD = "/l/" + "x" * 43
PAGES_EACH = 30  # that one robot opens from one link, at most
OWN = ("/l/", "/p/", "/u/")  # a scanner of mails does not wander off into static files and the sign-in page
TABS = 4
Rows = dict[str, list[tuple[object, ...]]]


# --- The scanners ----------------------------------------------------------------------------------------------------


def neighbours(port: int, page: Page) -> list[str]:
    """Paths of our own that a page links to; the same page in another language is the same page."""
    found = []
    for href in hrefs_in(page.text):
        to = urlsplit(urljoin(f"http://{HOST}:{port}{page.path}", href))
        if to.hostname == HOST and to.path.startswith(OWN):
            found.append(to.path)
    return found


def robot(port: int, start: str) -> Counter[str]:
    """HEAD and GET of every page that can be reached, and every form in them sent as found."""
    visitor, done = Visitor(port), Counter[str]()
    waiting, seen = [start], {start}
    sent: set[tuple[object, ...]] = set()
    while waiting and len(seen) <= PAGES_EACH:
        path = waiting.pop(0)
        visitor.ask("HEAD", path)
        page = visitor.open(path)
        done["pages"] += 1
        if page.path.endswith("/") and f"{page.path}thanks/" not in seen and page.path.startswith("/p/"):
            waiting.append(f"{page.path}thanks/")
        waiting += neighbours(port, page)
        for form in forms_in(page.text):
            for button in form.buttons or [Button()]:
                one = (form.method, form.action or page.path, button, tuple(name for name, _ in form.fields))
                if one not in sent:
                    sent.add(one)
                    after = visitor.submit(page, form, form.as_found(button), button.action)
                    done["forms"] += 1
                    waiting += neighbours(port, after)
        waiting = [path for path in dict.fromkeys(waiting) if path not in seen]
        seen.update(waiting[:1])
    visitor.close()
    return done


async def _tab(browser: Browser, port: int, paths: Iterator[str]) -> None:
    for path in paths:  # shared by all tabs
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"http://{HOST}:{port}{path}", wait_until="load")
        await context.close()


async def _chromium(port: int, paths: list[str]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        shared = iter(paths)
        await asyncio.gather(*(_tab(browser, port, shared) for _ in range(TABS)))
        await browser.close()


def storm(port: int, people: Sequence[Link]) -> dict[str, int]:
    paths = [path for link in people for path in (link.path, link.stop)] + [DEAD]
    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(lambda path: robot(port, path), paths), Counter[str]())
    shown = len(paths) if find_chromium() else 0
    if shown:
        asyncio.run(_chromium(port, list(paths)))
    return {"pages": done["pages"], "forms": done["forms"], "shown": shown}


# --- What they changed -----------------------------------------------------------------------------------------------


def rows_of_everything() -> Rows:
    from tests.counting import snapshot  # noqa: PLC0415 - after Django is set up

    return snapshot()


def links_as_they_are() -> dict[int, tuple[object, ...]]:
    from compliance.campaigns.models import Invitation  # noqa: PLC0415

    rows = Invitation.objects.values_list("pk", "token_hash", "rotation", "key_version", "revoked_at", "closes_at")
    return {row[0]: row[1:] for row in rows}


def answers() -> int:
    from compliance.attestations.models import Attestation  # noqa: PLC0415
    from compliance.campaigns.models import AttestationRequest  # noqa: PLC0415

    return Attestation.objects.count() + AttestationRequest.objects.exclude(answer="").count()


def changed(before: Rows, after: Rows) -> dict[str, int]:
    """Rows of each table that are new, gone or other than before."""
    found = {}
    for table in before.keys() | after.keys():
        old, new = (Counter(map(repr, rows.get(table, []))) for rows in (before, after))
        if number := max((new - old).total(), (old - new).total()):
            found[table] = number
    return found


# --- The people ------------------------------------------------------------------------------------------------------


def answer_timed(port: int, link: Link) -> tuple[float, bool]:
    """Milliseconds of the POST alone, and whether it was taken."""
    visitor = Visitor(port)
    page = visitor.open(link.path)
    form = answer_form(page.text)
    method, path, body, headers = visitor.request_of(page, form, form.answered(link.invitation))
    begun = time.perf_counter()
    answer = visitor.ask(method, path, body, **headers)
    taken = (time.perf_counter() - begun) * 1000
    good = recorded(visitor.follow(answer))
    visitor.close()
    return taken, good


def everybody_answers(port: int, people: Sequence[Link]) -> int:
    """How many could not."""
    with ThreadPoolExecutor(8) as pool:
        return sum(not good for _, good in pool.map(lambda link: answer_timed(port, link), people))


def beside_a_storm(
    port: int, opened: Sequence[Link], people: Sequence[Link], seconds: int, rate: int
) -> dict[str, Any]:
    """Answers spread evenly over the time, while links and pages are opened so many times a second."""
    pages = [get for get, _ in prepare_all(port, opened)]
    clicks = [raw(port, "GET", link.path, None, {}) for link in opened]
    requests = list(islice(cycle([one for pair in zip(clicks, pages, strict=True) for one in pair]), seconds * rate))
    with prepared(requests) as file, ThreadPoolExecutor(16) as pool:
        other = subprocess.Popen(command(port, 64, file, rate), stdout=subprocess.PIPE, text=True)
        begun, waiting = time.monotonic(), []
        for number, link in enumerate(people):
            time.sleep(max(0.0, begun + 0.5 + number * (seconds - 1) / len(people) - time.monotonic()))
            waiting.append(pool.submit(answer_timed, port, link))
        results = [one.result() for one in waiting]
        storm_result = json.loads(other.communicate(timeout=seconds + 120)[0])
    times = [taken for taken, _ in results]
    return {
        "posts": len(results),
        "failed": sum(not good for _, good in results),
        "p50": quantile(times, 0.5), "p95": quantile(times, 0.95), "p99": quantile(times, 0.99),
        "gets": sum(storm_result["statuses"].values()),
        "gets_rate": len(requests) / storm_result["seconds"],
        "gets_failed": sum(
            number for status, number in storm_result["statuses"].items() if status not in {"200", "303"}
        ),
        "gets_p95": quantile(storm_result["times"], 0.95),
    }  # fmt: skip


def play(people: int, others: int, seconds: int, rate: int) -> dict[str, Any]:
    House(people + others)
    folder, port = Path(os.environ["VAR_DIR"]), free_port()
    everybody = links(asked_only=False)
    asked = {link.invitation for link in links()}
    scanned, late = everybody[:people], [link for link in everybody[people:] if link.invitation in asked]
    with running(serve_command(port), port, os.environ, folder / "web.log"):
        Visitor(port).open(scanned[0].path)
        before, links_before, answers_before = rows_of_everything(), links_as_they_are(), answers()
        begun = time.monotonic()
        found: dict[str, Any] = storm(port, scanned)
        found["storm_seconds"] = round(time.monotonic() - begun)
        after, links_after = rows_of_everything(), links_as_they_are()
        found["answers"] = answers() - answers_before
        found["spent"] = sum(links_after.get(pk) != row for pk, row in links_before.items())
        found["tables"] = changed(before, after)
        humans = [link for link in scanned if link.invitation in asked]
        found["humans"], found["locked_out"] = len(humans), everybody_answers(port, humans)
        return found | beside_a_storm(port, scanned, late, seconds, rate)


def report(bench: Bench, label: str, found: dict[str, Any]) -> None:
    tables = ", ".join(f"{table}: {number}" for table, number in found["tables"].items())
    bench.table(
        [label, ""],
        [
            ["pages that robots opened, forms they sent", f"{found['pages']:,}, {found['forms']:,}"],
            ["links shown by Chromium", f"{found['shown']:,}" if found["shown"] else "none: it is not installed"],
            ["seconds of it", f"{found['storm_seconds']:,}"],
            ["rows changed", tables or "none"],
            ["people who answered afterwards", f"{found['humans'] - found['locked_out']:,} of {found['humans']:,}"],
            ["links opened a second, p95", f"{found['gets_rate']:.0f}, {found['gets_p95']:.0f} ms"],
            ["answers beside it, p50 / p95 / p99",
             f"{found['posts']:,}, {found['p50']:.0f} / {found['p95']:.0f} / {found['p99']:.0f} ms"],
        ],
    )  # fmt: skip
    for name in ("p50", "p95", "p99"):
        bench.figure(f"{label.lower()}_post_{name}_ms", found[name])
    for text, value in (
        ("answers by scanners", found["answers"]),
        ("links spent by scanners", found["spent"]),
        ("rows changed by scanners", sum(found["tables"].values())),
        ("people who could not answer", found["locked_out"]),
        ("answers that failed beside the storm", found["failed"]),
        ("opened links that failed", found["gets_failed"]),
    ):
        bench.bar(f"{label}: {text}", value, "<=", 0)
    bench.bar(f"{label}: p95 of answers beside the storm, ms", found["p95"], "<=", 300)


def main() -> None:
    quick = quick_or_full(__doc__ or "")
    people, others, seconds, rate = (12, 12, 4, 50) if quick else (1_000, 600, 300, 100)
    bench = Bench(
        "scanner storm: links among machines",
        f"{people:,} links; then {others} answers beside {rate} opened links a second for {seconds} s",
    )
    for label, database in databases().items():
        report(bench, label, played("scanner_storm", database, people, others, seconds, rate))
    bench.end()


if __name__ == "__main__":
    play_or_main(play, main)
