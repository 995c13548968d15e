"""Signing in, changing the password, throttling, and finding one's organisation."""

from collections.abc import Callable
from datetime import datetime
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client

from organisations.models import Organisation
from organisations.rules import Role
from organisations.services import add_member
from tests.conftest import PASSWORD


def log_in(client: Client, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/accounts/login/", {"login": "ada@acme.example", "password": password}, follow=True, **extra)


@pytest.fixture
def ada(organisation: Organisation, now: datetime) -> None:
    add_member(organisation=organisation, email="Ada@acme.example", role=Role.AUDITOR, now=now, password=PASSWORD)


@pytest.mark.usefixtures("ada")
def test_sign_in_leads_to_the_one_organisation(client: Client) -> None:
    assert log_in(client).redirect_chain[-1][0] == "/o/acme/"


@pytest.mark.usefixtures("ada")
def test_a_wrong_password_is_refused_in_words(client: Client) -> None:
    assert "There is a problem" in log_in(client, "wrong").content.decode()


@pytest.mark.usefixtures("ada")
def test_who_guesses_is_stopped_and_so_is_the_right_password_meanwhile(client: Client) -> None:
    for _ in range(5):
        assert "Too many failed login attempts" not in log_in(client, "wrong").content.decode()
    response = log_in(Client(), REMOTE_ADDR="192.0.2.7")  # from elsewhere, too
    assert "Too many failed login attempts" in response.content.decode()
    assert not response.redirect_chain


@pytest.mark.usefixtures("ada")
def test_an_address_that_tries_many_accounts_is_stopped(client: Client) -> None:
    answers = [
        client.post("/accounts/login/", {"login": f"a{number}@acme.example", "password": "wrong"}).content.decode()
        for number in range(12)
    ]
    assert "Too many failed login attempts" in answers[-1]
    assert "Too many failed login attempts" not in answers[5]


@pytest.mark.parametrize("password", ["password1234", "short", "owner@acme.example"])
def test_a_weak_password_is_refused(signed_in: Callable[..., Client], password: str) -> None:
    given = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    response = signed_in().post("/accounts/password/change/", given)
    assert "There is a problem" in response.content.decode()


def test_a_mail_server_that_is_away_stops_no_new_password(
    signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

    def away(*args: object) -> None:
        raise SMTPServerDisconnected

    monkeypatch.setattr(EmailBackend, "send_messages", away)
    given = {"oldpassword": PASSWORD, "password1": "another long passphrase", "password2": "another long passphrase"}
    response = signed_in().post("/accounts/password/change/", given, follow=True)
    assert response.status_code == 200
    assert "There is a problem" not in response.content.decode()


PAGES = [
    "password/change", "password/reset", "logout", "2fa", "2fa/totp/activate", "2fa/webauthn", "2fa/webauthn/add",
    "2fa/recovery-codes/generate", "sessions", "reauthenticate",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/organisations/", *(f"/accounts/{page}/" for page in PAGES)])
def test_the_account_pages_wear_the_same_clothes(signed_in: Callable[..., Client], path: str) -> None:
    browser = signed_in()
    if path.endswith("activate/"):
        browser = signed_in(Role.AUDITOR)
        browser.post("/accounts/2fa/totp/deactivate/")
    response = browser.get(path)
    assert response.status_code == 200
    assert "css/tokens" in response.content.decode()


@pytest.mark.parametrize("path", ["email", "signup", "3rdparty", "3rdparty/signup"])
def test_pages_of_the_library_that_the_house_has_no_use_for_are_closed(
    signed_in: Callable[..., Client], path: str
) -> None:
    for method in ("get", "post"):
        response = getattr(signed_in(), method)(f"/accounts/{path}/")
        assert response["Location"] == "/accounts/2fa/"


def test_with_two_organisations_one_chooses(
    signed_in: Callable[..., Client], other_organisation: Organisation, now: datetime
) -> None:
    browser = signed_in()
    add_member(organisation=other_organisation, email="owner@acme.example", role=Role.HELPER, now=now)
    response = browser.get("/", follow=True)
    assert response.redirect_chain[-1][0] == "/organisations/"
    page = response.content.decode()
    assert "/o/acme/" in page
    assert "/o/other/help/" in page  # where a helper begins
