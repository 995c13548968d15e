"""The HR admin's walk through the pages, with the forms a browser would send."""

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance.campaigns.models import Campaign, Invitation, Message
from compliance.campaigns.services import start_campaign
from compliance.campaigns.services.delivery import deliver_due
from employees.models import Employee
from organisations.models import EvidenceEntry, Organisation
from organisations.rules import Role
from tests.pages import html


@pytest.fixture
def browser(signed_in: Callable[..., Client]) -> Client:
    return signed_in(Role.ADMIN)


DATES: dict[str, object] = {
    "lead_days": 0,
    "reminders": 3,
    "reminder_days": 5,
    "joiner_days": 14,
    "repeats": "",
    "closes_on": f"{timezone.localdate() + timedelta(days=30):%Y-%m-%d}",
}
TERMS = {
    "lawful_basis": "legitimate_interest",
    "notice": "Intranet",
    "retention_days": 90,
    "assessment": "done",
    "works_council": "Agreement of 1 October 2025.",
}


def set_up(browser: Client) -> Any:
    """Goes through the steps; returns the page of the draft."""
    policies = {"name": "Winter", "policies": ["linkedin-genai-training"]}
    page = browser.post("/o/acme/campaigns/new/", policies, follow=True)
    base = page.request["PATH_INFO"].removesuffix("audience/")
    for step, fields in (("audience", {"rolling": "on"}), ("dates", DATES), ("message", {"why": "Because."})):
        page = browser.post(f"{base}{step}/", fields, follow=True)
        assert page.redirect_chain, html(page)
    return browser.post(f"{base}terms/", TERMS, follow=True)


def test_from_an_empty_dashboard_to_a_running_campaign(
    browser: Client, catalogue: None, bells: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    assert "The list your HR system exports" in html(browser.get("/o/acme/"))
    sample = settings.BASE_DIR / "samples" / "roster.csv"
    upload = SimpleUploadedFile(sample.name, sample.read_bytes(), "text/csv")
    plan = browser.post("/o/acme/people/import/", {"file": upload, "covers": "whole"}, follow=True)
    assert "Commit: 287 join, 0 change, 0 leave" in html(plan)
    assert "“EMEA” is a group of countries" in html(plan)
    committed = browser.post(f"{plan.request['PATH_INFO']}commit/", follow=True)
    assert "287 joined" in html(committed)
    assert "Choose the policies, who is told, and when" in html(browser.get("/o/acme/"))
    draft = set_up(browser)
    assert "251 people will be told and asked" in html(draft)
    assert "Start and send 287 mails" in html(draft)
    with django_capture_on_commit_callbacks(execute=True):
        started = browser.post(f"{draft.request['PATH_INFO']}start/", follow=True)
    assert "287 people get their mail now" in html(started)
    assert ("compliance.campaigns.tasks.deliver_messages", {}) in bells
    deliver_due()
    assert "287 of 287" in html(browser.get(draft.request["PATH_INFO"]))
    dashboard = html(browser.get("/o/acme/"))
    assert "Fewer than 5 of 251 people asked have confirmed" in dashboard
    assert "13 rows were not imported" in dashboard


def test_an_auditor_of_an_empty_workplace_is_offered_nothing_they_may_not_do(signed_in: Callable[..., Client]) -> None:
    page = html(signed_in(Role.AUDITOR).get("/o/acme/"))
    assert "An owner or admin of your organisation starts it." in page
    assert "/people/import/" not in page
    assert "/campaigns/new/" not in page


def test_a_file_that_cannot_be_read_says_why_and_changes_nothing(browser: Client) -> None:
    upload = SimpleUploadedFile("staff.xlsx", b"PK\x03\x04", "application/zip")
    response = browser.post("/o/acme/people/import/", {"file": upload, "covers": "whole"})
    response = browser.get(response["Location"])
    assert "staff.xlsx is damaged" in html(response)
    assert not Employee.objects.exists()


def test_a_campaign_form_says_what_is_missing(browser: Client, catalogue: None) -> None:
    response = browser.post("/o/acme/campaigns/new/", {"name": "Winter"})
    assert response.status_code == 422
    assert "Choose at least one policy" in html(response)
    draft = set_up(browser).request["PATH_INFO"]
    for day, words in (("2020-01-01", "This day has passed"), ("9999-12-31", "more than two years away")):
        response = browser.post(f"{draft}set-up/dates/", DATES | {"closes_on": day})
        assert response.status_code == 422
        assert words in html(response)
    for day, words in (("2090-01-01", "within two years"), ("0001-01-01", "within two years")):
        assert words in html(browser.post(f"{draft}set-up/dates/", DATES | {"starts_on": day}))
    late = {"starts_on": f"{timezone.localdate() + timedelta(days=31):%Y-%m-%d}"}
    assert "after the last day to answer" in html(browser.post(f"{draft}set-up/dates/", DATES | late))
    assert browser.get(draft).status_code == 200
    response = browser.post(f"{draft}set-up/terms/", TERMS | {"assessment": "not_needed"})
    assert "Say in a sentence why none is needed" in html(response)


def test_the_outbox_shows_the_mail_and_logs_who_read_it(browser: Client, invite: Callable[..., Invitation]) -> None:
    message = Message.objects.get(invitation=invite())
    deliver_due()
    assert "Ada" in html(browser.get("/o/acme/outbox/"))
    page = browser.get(f"/o/acme/outbox/{message.public_id}/")
    assert "Your choice: LinkedIn and your data" in html(page)
    assert EvidenceEntry.objects.filter(kind="message.read").count() == 1
    frame = browser.get(f"/o/acme/outbox/{message.public_id}/html/")
    assert "sandbox" in frame["Content-Security-Policy"]
    assert "script-src" not in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_a_mail_says_the_same_in_text_and_html(invite: Callable[..., Invitation], settings: Any) -> None:
    message = Message.objects.get(invitation=invite())
    deliver_due()
    raw = (Path(settings.OUTBOX_DIR) / f"{message.public_id}.eml").read_bytes()
    mail = message_from_bytes(raw, policy=policy.default)
    bodies = {}
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        bodies[kind] = part.get_content()
    for words in ("undo training already done", "Use my data for training content creation AI models", "/l/"):
        assert words in bodies["plain"]
        assert words in bodies["html"]
    links = re.findall(r'(?:href|src)="([^"]+)"', bodies["html"])
    assert {link.split("/")[2] for link in links} == {"127.0.0.1:8000", "www.linkedin.com"}


@pytest.mark.parametrize(
    ("path", "budget"),
    [("/o/acme/", 18), *((f"/o/acme/{page}/", 13) for page in ("people", "campaigns", "outbox", "reports"))],
)
def test_lists_ask_the_database_a_fixed_number_of_times(
    browser: Client, campaign: Campaign, hire: Callable[..., Employee], path: str, budget: int
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(path).status_code == 200
        return len(caught)

    for number in range(3):
        hire(f"Person {number}", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    queries()  # the first one notes that the session is in use
    few = queries()
    for number in range(40):
        hire(f"More {number}", "GB")
    assert few == queries() <= budget


def test_search_finds_people_by_name_address_and_country(
    browser: Client, hire: Callable[..., Employee], organisation: Organisation
) -> None:
    hire("Adalberta", "GB"), hire("Bobbington", "DE")  # too long to stand in a token by chance
    assert "Bobbington" not in html(browser.get("/o/acme/people/?q=ADA"))
    assert "Adalberta" not in html(browser.get("/o/acme/people/?country=DE"))
    assert "Nobody matches" in html(browser.get("/o/acme/people/?q=zzz"))


@pytest.mark.parametrize(
    "path",
    [
        "policies/?since=2025-13-45",
        "policies/?since=x",
        "people/?q=%00",
        "people/?page=99999999999999999999",
        "?campaign=99999999999999999999999",
        "policies/what-if/?country=%00&on=9999-99-99",
    ],
)
def test_odd_addresses_are_answered(browser: Client, catalogue: None, path: str) -> None:
    assert browser.get(f"/o/acme/{path}").status_code < 500


def test_odd_forms_are_answered(browser: Client, campaign: Campaign) -> None:
    assert browser.post("/o/acme/reports/new/", {"campaign": "9" * 5000}).status_code == 404
    assert browser.post("/o/acme/campaigns/new/", {"name": "x", "policies": ["9" * 400]}).status_code == 422


def test_too_few_people_are_not_shown(browser: Client, invite: Callable[..., Invitation]) -> None:
    invite()
    page = html(browser.get("/o/acme/"))
    assert "1 person was asked: too few to show answers." in page
    assert "Response rate" not in page
