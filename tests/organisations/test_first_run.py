"""An empty installation: the first owner is made in a browser by whoever can read the server's console."""

import re
from datetime import datetime
from io import StringIO

import pytest
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.test import Client

from organisations.models import Membership, Organisation, SetupCode, User
from organisations.rules import Role
from organisations.services import MemberRefused, add_member, make_first_organisation, make_first_owner
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
OWNER = {"email": "Ada@acme.example", "password": PASSWORD}


def printed() -> str:
    out = StringIO()
    call_command("first_run", stdout=out)
    found = re.search(r"[A-Z2-9]{5}(?:-[A-Z2-9]{5}){3}", out.getvalue())
    return found[0] if found else ""


def test_the_first_run_leads_from_a_code_to_a_dashboard(client: Client) -> None:
    code = printed()
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/first-run/"
    response = client.post("/first-run/", OWNER | {"code": f" {code.lower()} "})
    assert response["Location"] == "/first-run/organisation/"
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/first-run/organisation/"  # left and come back
    client.post("/first-run/organisation/", {"name": "Acme Ltd", "contact_email": "privacy@acme.example"})
    membership = Membership.objects.get()
    assert (membership.role, membership.organisation.slug) == ("owner", "acme-ltd")
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"
    assert UserSession.objects.get().user == membership.user  # listed, and can be ended
    assert Client().get("/first-run/").status_code == 404
    assert client.get("/first-run/organisation/")["Location"] == "/"
    assert not SetupCode.objects.exists()
    assert printed() == ""


def test_a_wrong_code_makes_nobody_and_guessing_is_stopped(client: Client) -> None:
    code = printed()
    assert "not the code" in client.post("/first-run/", OWNER | {"code": "AAAAA"}).content.decode()
    for _ in range(10):
        client.post("/first-run/", OWNER | {"code": "AAAAA"})
    response = Client().post("/first-run/", OWNER | {"code": code}, REMOTE_ADDR="192.0.2.4")
    assert "Too many tries" in response.content.decode()
    assert not User.objects.exists()


def test_a_weak_password_uses_the_code_up_for_nobody(client: Client) -> None:
    code = printed()
    response = client.post("/first-run/", {"email": "ada@acme.example", "password": "password1234", "code": code})
    assert response.status_code == 422
    assert client.post("/first-run/", OWNER | {"code": code}).status_code == 302


def test_without_a_code_nothing_opens(client: Client) -> None:
    assert client.post("/first-run/", OWNER | {"code": ""}).status_code == 422
    with pytest.raises(MemberRefused):
        make_first_owner(code="", email="a@acme.example", password=PASSWORD)


def test_each_start_prints_a_new_code_and_forgets_the_old() -> None:
    first, second = printed(), printed()
    assert first != second
    with pytest.raises(MemberRefused):
        make_first_owner(code=first, email="a@acme.example", password=PASSWORD)
    assert make_first_owner(code=second, email="a@acme.example", password=PASSWORD).email == "a@acme.example"
    with pytest.raises(MemberRefused):
        make_first_owner(code=second, email="b@acme.example", password=PASSWORD)


def test_nobody_of_an_installation_in_use_makes_themselves_an_organisation(
    organisation: Organisation, now: datetime
) -> None:
    user = add_member(organisation=organisation, email="h@acme.example", role=Role.HELPER, now=now).user
    with pytest.raises(MemberRefused, match="an organisation already"):
        make_first_organisation(user=user, slug="mine", name="Mine", contact_email="h@acme.example", now=now)
