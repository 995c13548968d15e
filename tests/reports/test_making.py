"""How a report's making ends: cancelled, out of time, out of memory, killed; and what its other files say."""

import csv
import io
import os
import signal
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.campaigns.models import Campaign
from compliance.campaigns.services import start_campaign
from employees.models import Employee
from organisations.models import EvidenceCheckpoint, Organisation
from organisations.rules import Role
from reports.gateways import PdfFailed, Stopped, render_pdf
from reports.models import Report
from reports.press.job import Job
from reports.rules import Paper
from reports.services import build_report, cancel_report, request_report, retry_report
from tests.reports.test_report import text_of

LONG = "<p>word</p>" * 40_000
SOON = 20.0  # seconds in which an end must be noticed on a busy machine


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(html="<title>x</title><p>One page</p>", out=str(tmp_path / "x.pdf"), date="2025-11-03T08:00:00+00:00")


@pytest.fixture
def started(campaign: Campaign, hire: Callable[..., Employee]) -> Campaign:
    for number in range(9):
        hire(f"Ada {number}", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    return campaign


def test_a_page_that_takes_too_long_is_given_up(job: Job) -> None:
    begun = time.monotonic()
    with pytest.raises(PdfFailed, match="longer than 1 seconds"):
        render_pdf(replace(job, html=LONG), time_limit=1)
    assert time.monotonic() - begun < SOON


def test_a_page_that_takes_too_much_memory_is_refused(job: Job) -> None:
    with pytest.raises(PdfFailed, match=r"more memory than"):
        render_pdf(replace(job, html=LONG, memory=200 * 1024**2))
    assert render_pdf(job).pages == 1


def test_a_page_reaches_no_file_and_nobody(job: Job) -> None:
    for address in ("file:///etc/passwd", "http://localhost:1/x.png"):
        with pytest.raises(PdfFailed, match="could not be drawn"):
            render_pdf(replace(job, html=f'<link rel="stylesheet" href="{address}"><img src="{address}">'))


def test_whoever_wants_no_more_ends_the_engine(job: Job) -> None:
    begun = time.monotonic()
    with pytest.raises(Stopped):
        render_pdf(replace(job, html=LONG), tell=lambda _done, _pages: False)
    assert time.monotonic() - begun < SOON


def test_an_engine_that_is_killed_is_a_failure_with_a_reason(job: Job) -> None:
    def kill() -> None:
        for _ in range(400):
            for child in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
                for pid in child.read_text().split():
                    if b"reports.pdf_child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        os.kill(int(pid), signal.SIGKILL)
                        return
            time.sleep(0.02)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(PdfFailed, match="stopped from outside"):
        render_pdf(replace(job, html=LONG))
    killer.join()


def test_a_report_cancelled_while_it_is_drawn_stays_cancelled(
    started: Campaign, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = request_report(organisation=organisation, campaign=started, user=None, now=timezone.now())

    def cancel_then_draw(job: Job, **arguments: Any) -> None:
        assert cancel_report(report=report, now=timezone.now())
        render_pdf(replace(job, html=LONG), **arguments)

    with monkeypatch.context() as patch:
        patch.setattr("reports.services.making.render_pdf", cancel_then_draw)
        assert build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert (report.state, report.files, EvidenceCheckpoint.objects.count()) == ("cancelled", {}, 0)
    assert not cancel_report(report=report, now=timezone.now())
    assert retry_report(report=report, now=timezone.now())
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert (report.state, EvidenceCheckpoint.objects.count()) == ("done", 1)


def test_in_german_on_letter_and_the_sheets_say_the_same(
    started: Campaign, signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    browser = signed_in(Role.AUDITOR)
    browser.post("/o/acme/reports/new/", {"campaign": started.pk, "language": "de", "paper": "Letter"})
    report = Report.objects.get()
    assert (report.language, report.paper) == ("de", Paper.LETTER)
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert report.state == "done", report.detail
    text = text_of(report.path)
    assert "Selbstauskunft, nicht überprüft." in text
    assert "Seite 2 von" in text
    assert "Vereinigtes Königreich" in text
    for english in ("Outstanding", "asked", "Readiness", "Page "):
        assert english not in text.split("8 Richtlinien und Quellen")[0], english
    total = report.figures["total"]
    assert (total["asked"], total["confirmed"]) == (9, 0)
    rows = list(csv.DictReader(io.StringIO((report.path_of("csv") or Path()).read_text("utf-8-sig"))))
    assert (rows[0]["Gefragt"], rows[0]["Bestätigt"], rows[0]["Ausstehend"]) == ("9", "<5", "9")
    with zipfile.ZipFile(report.path_of("xlsx") or "") as book:
        assert b"<f>" not in b"".join(book.read(name) for name in book.namelist() if "/worksheets/" in name)
        assert "Vereinigtes Königreich" in book.read("xl/worksheets/sheet2.xml").decode() + "".join(
            book.read(name).decode() for name in book.namelist() if name.endswith("Strings.xml")
        )
    sheet = browser.get(f"/o/acme/reports/{report.pk}/download/xlsx/")
    assert b"".join(sheet.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert browser.get(f"/o/acme/reports/{report.pk}/download/exe/").status_code == 404


def test_an_instant_can_be_chosen_and_used_again_but_not_the_future(
    started: Campaign, signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    browser = signed_in(Role.AUDITOR)
    instant = timezone.now()
    for text in (instant.isoformat(), "2999-01-01T00:00", "2025-13-99T00:00"):
        browser.post("/o/acme/reports/new/", {"campaign": started.pk, "as_of": text})
    first, _unreadable = Report.objects.order_by("id")
    assert first.as_of == instant
    assert browser.post("/o/acme/reports/new/", {"campaign": started.pk, "language": "xx"}).status_code == 404
