"""The workplace speaks English or German: as its user chose, else as the browser asks."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from compliance.campaigns.models import Campaign
from organisations.languages import COOKIE
from organisations.models import User
from organisations.rules import Role

GERMAN = "fr,de-AT;q=0.8,en;q=0.5"


def _lang(response: object) -> str:
    text = response.content.decode()  # type: ignore[attr-defined]
    return str(text.partition('<html lang="')[2][:2])


@pytest.mark.django_db
def test_before_sign_in_the_browser_is_asked(client: Client) -> None:
    assert _lang(client.get("/accounts/login/")) == "en"
    response = client.get("/accounts/login/", headers={"accept-language": GERMAN})
    assert _lang(response) == "de"
    assert "Anmelden" in response.content.decode()
    assert response.headers["Content-Language"] == "de"
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.django_db
def test_a_choice_before_sign_in_stays_in_the_browser(client: Client) -> None:
    response = client.post("/language/", {"language": "de", "next": "/accounts/login/?next=/o/acme/"})
    assert response.headers["Location"] == "/accounts/login/?next=/o/acme/"
    assert client.cookies[COOKIE]["httponly"]
    assert _lang(client.get("/accounts/login/", headers={"accept-language": "en"})) == "de"


def test_a_choice_goes_with_the_account(signed_in: Callable[..., Client]) -> None:
    browser = signed_in(Role.OWNER)
    assert _lang(browser.get("/o/acme/")) == "en"
    browser.post("/language/", {"language": "de", "next": "/o/acme/"})
    assert User.objects.get().language == "de"
    del browser.cookies[COOKIE]
    assert _lang(browser.get("/o/acme/")) == "de"
    assert "Übersicht" in browser.get("/o/acme/").content.decode()


def test_a_language_that_the_workplace_does_not_speak_changes_nothing(signed_in: Callable[..., Client]) -> None:
    browser = signed_in(Role.OWNER)
    for wrong in ("fr", "xx", "", "de'"):
        assert browser.post("/language/", {"language": wrong}).headers["Location"] == "/"
    assert User.objects.get().language == ""
    assert COOKIE not in browser.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_choice_leads_nowhere_else(client: Client, elsewhere: str) -> None:
    response = client.post("/language/", {"language": "de", "next": elsewhere})
    assert response.headers["Location"] == "/"


@pytest.mark.django_db
def test_staffs_pages_keep_their_own_way(client: Client) -> None:
    client.cookies[COOKIE] = "de"
    assert _lang(client.get("/receipt/", headers={"accept-language": "fr"})) == "fr"


def test_a_report_is_offered_in_the_language_in_use(signed_in: Callable[..., Client], campaign: Campaign) -> None:
    browser = signed_in(Role.ADMIN)
    Campaign.objects.update(state="running", started_at=timezone.now())
    for language in ("de", "en"):
        User.objects.update(language=language)
        shown = {path: browser.get(f"/o/acme/{path}") for path in ("", "reports/", "reports/schedules/")}
        pages = {path: page.content.decode() for path, page in shown.items()}
        assert f'name="language" value="{language}"' in pages[""]
        for path in ("reports/", "reports/schedules/"):
            assert re.search(rf'<option value="{language}"\s+selected>', pages[path]), path
