"""Sessions end, can be seen and ended, and what cannot be taken back asks who is there."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client
from django.urls import reverse

from employees.models import Employee
from organisations.models import EvidenceEntry, Organisation, User
from organisations.rules import Role
from organisations.services import add_member
from tests.conftest import PASSWORD, sign_in


def aged(browser: Client, **seconds: int) -> Client:
    """As if the session's times were so many seconds ago."""
    session = browser.session
    session.update({name: int(time.time()) - ago for name, ago in seconds.items()})
    session.save()
    return browser


@pytest.mark.parametrize(
    "times", [{"seen_at": 31 * 60, "begun_at": 40 * 60}, {"seen_at": 5, "begun_at": 12 * 3600 + 5}]
)
def test_a_session_ends_when_idle_or_old(signed_in: Callable[..., Client], times: dict[str, int]) -> None:
    browser = aged(signed_in(Role.AUDITOR), **times)
    response = browser.get("/o/acme/?campaign=1")
    assert response["Location"] == "/accounts/login/?next=/o/acme/%3Fcampaign%3D1"
    assert "You were signed out" in browser.get(response["Location"]).content.decode()
    assert browser.get("/o/acme/").status_code == 302


def test_a_session_in_use_goes_on(signed_in: Callable[..., Client]) -> None:
    browser = aged(signed_in(Role.AUDITOR), seen_at=29 * 60, begun_at=11 * 3600)
    assert browser.get("/o/acme/").status_code == 200
    assert time.time() - browser.session["seen_at"] < 60


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(signed_in: Callable[..., Client]) -> None:
    browser = aged(signed_in(Role.AUDITOR), seen_at=29 * 60, begun_at=30 * 60)
    assert browser.get("/o/acme/evidence/", headers={"HX-Request": "true"}).status_code == 200
    assert time.time() - browser.session["seen_at"] > 28 * 60
    aged(browser, seen_at=31 * 60)
    response = browser.get("/o/acme/evidence/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Refresh"]) == (204, "true")


def test_who_is_signed_in_elsewhere_is_seen_and_signed_out(organisation: Organisation, now: datetime) -> None:
    add_member(organisation=organisation, email="ada@acme.example", role=Role.AUDITOR, now=now, password=PASSWORD)
    here, there = Client(), Client()
    for browser in (here, there):
        browser.post("/accounts/login/", {"login": "ada@acme.example", "password": PASSWORD})
    page = here.get("/accounts/sessions/").content.decode()
    assert page.count("this one") == 1
    assert "End all the others" in page
    here.post("/accounts/sessions/")
    assert there.get("/o/acme/").status_code == 302
    assert here.get("/o/acme/").status_code == 200


def long_ago(browser: Client) -> Client:
    session = browser.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - 16 * 60}]
    session.save()
    return browser


def test_an_export_asks_again_and_then_goes_on(
    organisation: Organisation, hire: Callable[..., Employee], signed_in: Callable[..., Client]
) -> None:
    hire("Ada", "GB")
    browser = long_ago(signed_in(Role.ADMIN))
    url = reverse("people-export", args=["acme"])
    asked = browser.post(url, {"format": "csv"})
    assert unquote(asked["Location"]) == f"/accounts/reauthenticate/?next={url}"
    assert "Is it you?" in browser.get(asked["Location"]).content.decode()
    assert not EvidenceEntry.objects.filter(kind="roster.exported").exists()
    wrong = browser.post("/accounts/reauthenticate/", {"password": "wrong", "next": url})
    assert "There is a problem" in wrong.content.decode()
    done: Any = browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": url})
    assert done["Content-Type"].startswith("text/csv")
    assert "Ada" in done.content.decode()
    assert EvidenceEntry.objects.filter(kind="roster.exported").count() == 1
    assert browser.post(url, {"format": "csv"}).status_code == 200  # for a quarter of an hour


SENSITIVE: list[tuple[str, list[object], dict[str, str]]] = [
    ("campaign-start", [1], {}),
    ("campaign-send-again", [1], {}),
    ("campaign-notices", [1], {}),
    ("campaign-links", [1], {}),
    ("people-export", [], {"format": "csv"}),
    ("import-download", [1], {}),
    ("import-mend", [1, "csv"], {}),
    ("person-erase", [1], {}),
    ("person-export", [1], {}),
    ("collection-override", [], {}),
    ("evidence-addresses", [], {}),
    ("member-invite", [], {}),
]


@pytest.mark.parametrize(("name", "rest", "data"), SENSITIVE)
def test_what_cannot_be_taken_back_needs_a_recent_sign_in(
    name: str, rest: list[object], data: dict[str, str], catalogue: None, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(Role.OWNER)
    url = reverse(name, args=["acme", *rest])
    assert "/accounts/" not in browser.post(url, data).get("Location", "")
    assert browser.post(url, data).status_code != 403
    assert "/accounts/reauthenticate/" in long_ago(browser).post(url, data)["Location"]


def test_who_has_neither_password_nor_second_factor_signs_in_anew(
    organisation: Organisation, now: datetime, settings: Any
) -> None:
    """Somebody of the single sign-on, whose provider asks for the second factor."""
    user = add_member(organisation=organisation, email="ada@acme.example", role=Role.ADMIN, now=now).user
    assert not User.objects.get(pk=user.pk).has_usable_password()
    Organisation.objects.update(outbox_only=True)
    settings.ON_LOOPBACK = True
    browser = long_ago(sign_in(Client(), user, second_factor=False))
    response = browser.post(reverse("people-export", args=["acme"]), {"format": "csv"})
    assert response["Location"] == "/accounts/login/?next=/"
    assert browser.get("/o/acme/").status_code == 302


def test_whoever_has_nothing_to_be_asked_for_signs_in_anew(organisation: Organisation, now: datetime) -> None:
    """Somebody of a provider, without password or second factor here: no new factor on an old session."""
    user = add_member(organisation=organisation, email="sso@acme.example", role=Role.AUDITOR, now=now).user
    user.set_unusable_password()
    user.save()
    browser = sign_in(Client(), user, second_factor=False)
    session = browser.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "socialaccount", "at": time.time() - 7200}]
    session.save()
    response = browser.get(reverse("mfa_activate_totp"))
    assert response["Location"] == reverse("account_login")
    assert browser.get("/o/acme/").status_code == 302


def test_sending_a_form_by_htmx_is_use(signed_in: Callable[..., Client]) -> None:
    browser = aged(signed_in(Role.ADMIN), seen_at=29 * 60)
    browser.post("/o/acme/campaigns/reach/", {}, headers={"HX-Request": "true"})
    assert browser.session["seen_at"] > time.time() - 60
