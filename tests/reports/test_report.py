"""A report from its row to its pages: real PDF, real text."""

import re
import subprocess
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.campaigns.models import AttestationRequest, Campaign, Invitation
from compliance.campaigns.services import start_campaign
from employees.models import Employee
from organisations.models import Organisation
from organisations.rules import Role
from reports.gateways import PdfFailed
from reports.models import Report
from reports.press.job import Job
from reports.services import build_report, release_expired, request_report, retry_report
from tests.conftest import give

ANSWERS = ["switched_off_now", "already_off", "left_on", "need_help", "", ""]


@pytest.fixture
def staff(campaign: Campaign, hire: Callable[..., Employee]) -> Campaign:
    """30 people in GB, 12 in DE, 2 in LI, 3 in IS, 6 in the US; answers go round ANSWERS."""
    for country, people in {"GB": 30, "DE": 12, "LI": 2, "IS": 3, "US": 6}.items():
        for number in range(people):
            hire(f"{country} {number}", country)
    start_campaign(campaign=campaign, now=timezone.now())
    asked = AttestationRequest.objects.filter(collection_mode="named").order_by("id")
    for number, request in enumerate(asked):
        if answer := ANSWERS[number % len(ANSWERS)]:
            give(request.invitation, answer)
    return campaign


@pytest.fixture
def report(staff: Campaign, organisation: Organisation) -> Report:
    return request_report(organisation=organisation, campaign=staff, user=None, now=timezone.now())


def text_of(path: Path) -> str:
    """The PDF's text, one space for every run of white space."""
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


def test_the_pdf_says_what_a_hand_count_says(report: Report) -> None:
    assert build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert (report.state, report.progress, report.detail) == ("done", 100, "")
    text = text_of(report.path)
    rows = AttestationRequest.objects.values_list("invitation__country", "collection_mode", "answer")
    expected = {
        place: [row for row in rows if row[0] in codes and row[1] == "named"]
        for place, codes in {"United Kingdom": {"GB"}, "2 smaller countries": {"LI", "IS"}, "Germany": {"DE"}}.items()
    }
    for place, found in expected.items():
        answers = [row[2] for row in found]
        confirmed = sum(answer in {"switched_off_now", "already_off"} for answer in answers)
        steps = [number // 5 * 5 for number in (confirmed, answers.count("left_on"), answers.count("need_help"))]
        shown = [str(number or "<5") for number in steps]
        line = f"{place} {len(found)} 0 {shown[0]} <5 {shown[1]} {shown[2]} {len(found) - sum(steps)} 0 "
        assert line in text, (line, text)
    assert "United States 0 0 – – – – 0 6 –" in text
    assert "All regions 47 " in text
    assert "Liechtenstein 2" not in text


def test_the_cover_says_what_the_answers_are(report: Report) -> None:
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    text = text_of(report.path)
    assert "self-attested, voluntary and not verified" in text
    assert "Self-attested, not verified." in text
    assert "shown in steps of 5, rounded down" in text
    assert "Page 2 of" in text
    assert re.search(r"log [0-9a-f]{12}", text)
    assert "linkedin-eu-notice" in text
    assert "Where sources disagree" in text


def test_yesterdays_report_made_today_is_the_same_file(staff: Campaign, organisation: Organisation) -> None:
    instant = timezone.now()
    made = []
    for _ in range(2):
        report = request_report(organisation=organisation, campaign=staff, user=None, now=timezone.now(), as_of=instant)
        build_report(report_id=report.pk, now=timezone.now())
        made.append(Report.objects.get(pk=report.pk))
        for invitation in Invitation.objects.filter(requests__answer="", requests__collection_mode="named")[:8]:
            give(invitation, "left_on")
        for invitation in Invitation.objects.filter(requests__answer="switched_off_now")[:6]:
            give(invitation, "left_on")
    first, second = made
    assert first.state == second.state == "done"
    assert first.files.keys() == {"pdf", "xlsx", "csv", "json"}
    for extension, file in first.files.items():
        assert file["sha256"] == second.files[extension]["sha256"], extension
    now = request_report(organisation=organisation, campaign=staff, user=None, now=timezone.now())
    build_report(report_id=now.pk, now=timezone.now())
    assert Report.objects.get(pk=now.pk).figures["total"] != first.figures["total"]


def test_one_report_is_made_once(report: Report) -> None:
    assert build_report(report_id=report.pk, now=timezone.now())
    assert not build_report(report_id=report.pk, now=timezone.now())


def test_a_report_whose_worker_died_is_made_by_another(report: Report) -> None:
    now = timezone.now()
    Report.objects.update(state="running", claim=uuid.uuid4(), lease_until=now - timedelta(seconds=1), attempts=1)
    assert release_expired(now=now) == 1
    assert build_report(report_id=report.pk, now=now)
    Report.objects.update(state="running", claim=uuid.uuid4(), lease_until=now - timedelta(seconds=1), attempts=3)
    release_expired(now=now)
    report.refresh_from_db()
    assert (report.state, "died" in report.detail) == ("failed", True)


def test_a_failure_has_a_reason_and_a_retry(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(job: Job, **_: object) -> None:
        raise PdfFailed("Drawing the PDF took longer than 120 seconds.")

    with monkeypatch.context() as patch:
        patch.setattr("reports.services.making.render_pdf", refuse)
        build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert (report.state, report.detail) == ("failed", "Drawing the PDF took longer than 120 seconds.")
    assert retry_report(report=report, now=timezone.now())
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert report.state == "done"


def test_names_that_look_like_markup_are_text(
    campaign: Campaign, organisation: Organisation, hire: Callable[..., Employee]
) -> None:
    Organisation.objects.update(name="<b>Acme</b> & Sons")
    Campaign.objects.update(name='<img src="file:///etc/passwd">')
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    report = request_report(organisation=organisation, campaign=campaign, user=None, now=timezone.now())
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert report.state == "done", report.detail
    assert "<b>Acme</b> & Sons" in text_of(report.path)


def test_from_the_button_to_the_download(staff: Campaign, signed_in: Callable[..., Client], bells: list[Any]) -> None:
    browser = signed_in(Role.AUDITOR)
    response = browser.post("/o/acme/reports/new/", {"campaign": staff.pk})
    report = Report.objects.get()
    assert response["Location"] == f"/o/acme/reports/{report.pk}/"
    waiting = browser.get(response["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "Waiting for a worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    build_report(report_id=report.pk, now=timezone.now())
    assert "Download the PDF" in browser.get(response["Location"]).content.decode()
    download = browser.get(f"/o/acme/reports/{report.pk}/download/")
    assert b"".join(download.streaming_content)[:4] == b"%PDF"  # type: ignore[attr-defined]
