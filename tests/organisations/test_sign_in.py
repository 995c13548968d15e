"""Signing in, changing the password, and finding one's organisation."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from organisations.models import Organisation
from organisations.rules import Role
from organisations.services import add_member
from tests.conftest import PASSWORD


def test_sign_in_leads_to_the_one_organisation(client: Client, organisation: Organisation, now: datetime) -> None:
    add_member(organisation=organisation, email="Ada@acme.example", role=Role.OWNER, now=now, password=PASSWORD)
    response = client.post("/accounts/login/", {"login": "ada@acme.example", "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == "/o/acme/"


def test_a_wrong_password_is_refused_in_words(client: Client, organisation: Organisation, now: datetime) -> None:
    add_member(organisation=organisation, email="ada@acme.example", role=Role.OWNER, now=now, password=PASSWORD)
    response = client.post("/accounts/login/", {"login": "ada@acme.example", "password": "wrong"})
    assert "There is a problem" in response.content.decode()


PAGES = ["password/change", "password/reset", "email", "logout"]


@pytest.mark.parametrize("path", ["/organisations/", *(f"/accounts/{page}/" for page in PAGES)])
def test_the_account_pages_wear_the_same_clothes(signed_in: Callable[..., Client], path: str) -> None:
    response = signed_in().get(path)
    assert response.status_code == 200
    assert "css/tokens" in response.content.decode()


def test_with_two_organisations_one_chooses(
    signed_in: Callable[..., Client], other_organisation: Organisation, now: datetime
) -> None:
    browser = signed_in()
    add_member(organisation=other_organisation, email="owner@acme.example", role=Role.AUDITOR, now=now)
    response = browser.get("/", follow=True)
    assert response.redirect_chain[-1][0] == "/organisations/"
    page = response.content.decode()
    assert "/o/acme/" in page
    assert "/o/other/" in page
