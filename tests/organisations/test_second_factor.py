"""A second factor: asked of owners, admins and the Django admin, sealed at rest, and used once."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from organisations.models import Organisation, User
from organisations.rules import Role
from organisations.sealing import open_sealed
from organisations.services import add_member
from tests.conftest import PASSWORD, sign_in
from tests.organisations.second_factors import AUTHENTICATE, app_of, code, kept, recovery_codes

LOGIN = {"login": "ada@acme.example", "password": PASSWORD}


@pytest.fixture
def ada(organisation: Organisation, now: datetime) -> User:
    return add_member(
        organisation=organisation, email="ada@acme.example", role=Role.OWNER, now=now, password=PASSWORD
    ).user


def asked(client: Client) -> Client:
    """A browser that has given the password."""
    response = client.post("/accounts/login/", LOGIN)
    assert response["Location"] == AUTHENTICATE
    assert client.get("/o/acme/").status_code == 302  # not in yet
    return client


def test_a_code_of_the_app_lets_in_and_does_so_once(ada: User) -> None:
    secret = app_of(ada)
    shown = code(secret)
    response = asked(Client()).post(AUTHENTICATE, {"code": shown}, follow=True)
    assert response.redirect_chain[-1][0] == "/o/acme/"
    again = asked(Client())
    assert "Incorrect code" in again.post(AUTHENTICATE, {"code": shown}).content.decode()
    assert again.get("/o/acme/").status_code == 302


def test_a_code_does_not_work_again_in_the_half_minutes_around_its_own(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that goes wrong is allowed for: a code is taken for a minute and a half, and remembered for as long."""
    secret, real = app_of(ada), time.time
    clock = [real() // 30 * 30 + 1]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    shown = code(secret)
    assert asked(Client()).post(AUTHENTICATE, {"code": shown}).status_code == 302
    clock[0] += 35
    again = asked(Client())
    assert "Incorrect code" in again.post(AUTHENTICATE, {"code": f"{shown[:3]} {shown[3:]}"}).content.decode()
    assert again.post(AUTHENTICATE, {"code": code(secret)}).status_code == 302


def test_a_recovery_code_lets_in_and_does_so_once(ada: User) -> None:
    app_of(ada)
    first, second = recovery_codes(ada)[:2]
    assert asked(Client()).post(AUTHENTICATE, {"code": first}, follow=True).redirect_chain[-1][0] == "/o/acme/"
    again = asked(Client())
    assert "Incorrect code" in again.post(AUTHENTICATE, {"code": first}).content.decode()
    assert again.post(AUTHENTICATE, {"code": second}, follow=True).redirect_chain[-1][0] == "/o/acme/"
    assert len(recovery_codes(ada)) == 8


def test_guessing_codes_is_stopped(ada: User) -> None:
    secret = app_of(ada)
    browser = asked(Client())
    for _ in range(6):
        browser.post(AUTHENTICATE, {"code": "000000"})
    response = browser.post(AUTHENTICATE, {"code": code(secret)}, follow=True)
    assert not any(where == "/o/acme/" for where, _ in response.redirect_chain)


def test_what_the_database_keeps_opens_no_door(ada: User) -> None:
    secret, codes = app_of(ada), recovery_codes(ada)
    found = kept(ada)
    assert secret not in found
    assert not any(item in found for item in codes)
    seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert open_sealed(seed) not in found


def test_keys_rotate_and_only_they_open(ada: User, settings: Any) -> None:
    settings.SIGN_IN_KEYS = {1: b"1" * 32}
    secret, _codes = app_of(ada), recovery_codes(ada)

    def seeds() -> list[str]:
        rows = Authenticator.objects.filter(type__in=["totp", "recovery_codes"]).order_by("pk")
        return [open_sealed(row.data.get("secret") or row.data["seed"]) for row in rows]

    before = seeds()
    assert secret in before
    settings.SIGN_IN_KEYS = {2: b"2" * 32}
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("seal_second_factors")
    settings.SIGN_IN_KEYS = {1: b"1" * 32, 2: b"2" * 32}
    call_command("seal_second_factors")
    settings.SIGN_IN_KEYS = {2: b"2" * 32}
    assert seeds() == before
    settings.SIGN_IN_KEYS = {1: b"1" * 32}
    with pytest.raises(InvalidToken):
        seeds()


@pytest.mark.parametrize("role", list(Role))
def test_owners_and_admins_set_one_up_before_anything_else(
    role: Role, organisation: Organisation, now: datetime
) -> None:
    user = add_member(organisation=organisation, email="x@acme.example", role=role, now=now, password=PASSWORD).user
    browser = sign_in(Client(), user, second_factor=False)
    response = browser.get("/o/acme/evidence/")
    if role in {Role.OWNER, Role.ADMIN}:
        assert response["Location"] == reverse("mfa_index")
        assert "Set up a second factor first" in browser.get(reverse("mfa_index")).content.decode()
    else:
        assert response.status_code == (200 if role == Role.AUDITOR else 403)


def test_setting_one_up_needs_no_second_password_just_after_sign_in(ada: User) -> None:
    client = Client()
    client.post("/accounts/login/", LOGIN)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = client.session["mfa.totp.secret"]
    assert secret in page
    response = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}, follow=True)
    assert "recovery-codes" in response.redirect_chain[-1][0]
    assert client.get("/o/acme/").status_code == 200


@pytest.mark.parametrize("loopback", [True, False])
def test_a_trial_on_this_machine_alone_goes_without(loopback: bool, ada: User, settings: Any) -> None:
    settings.ON_LOOPBACK = loopback
    browser = sign_in(Client(), ada, second_factor=False)
    assert browser.get("/o/acme/").status_code == 302
    Organisation.objects.update(outbox_only=True)
    assert browser.get("/o/acme/").status_code == (200 if loopback else 302)


def test_the_django_admin_asks_for_one(db: None) -> None:
    root = User.objects.create_user("root@acme.example", PASSWORD, is_staff=True, is_superuser=True)
    browser = sign_in(Client(), root, second_factor=False)
    response = browser.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == reverse("mfa_index")
    app_of(root)
    page = browser.get("/admin/").content.decode()
    assert "Employees" in page
    for hidden in ("Authenticators", "User sessions", "Social applications", "Email addresses"):
        assert hidden not in page
    assert browser.get("/admin/mfa/authenticator/").status_code == 404


def test_sign_in_to_the_admin_goes_past_the_second_factor(db: None) -> None:
    root = User.objects.create_user("root@acme.example", PASSWORD, is_staff=True, is_superuser=True)
    secret, browser = app_of(root), Client()
    assert browser.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")
    given = {"login": "root@acme.example", "password": PASSWORD, "next": "/admin/"}
    assert browser.post("/accounts/login/", given)["Location"] == AUTHENTICATE
    assert browser.get("/admin/").status_code == 302
    assert browser.post(AUTHENTICATE, {"code": code(secret)}, follow=True).redirect_chain[-1][0] == "/admin/"


def test_a_passkey_answer_that_is_none_is_refused(signed_in: Callable[..., Client]) -> None:
    """Not a 500, whatever is sent."""
    browser = signed_in()
    browser.get("/accounts/2fa/webauthn/add/")
    for credential in ("{}", "[]", "x", json.dumps({"id": "a", "response": {}}), ""):
        response = browser.post("/accounts/2fa/webauthn/add/", {"name": "key", "credential": credential})
        assert response.status_code == 200
        Client().get("/accounts/2fa/webauthn/login/")
        unknown = Client().post("/accounts/2fa/webauthn/login/", {"credential": credential}, follow=True)
        assert unknown.status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()
