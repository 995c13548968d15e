"""Single sign-on against real providers: an OpenID Connect server and a SAML identity provider as processes."""

import base64
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.conf import settings as project
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.single_sign_on import connections, social_providers
from organisations.models import EvidenceEntry, Membership, Organisation, User
from organisations.rules import Role
from organisations.rules.single_sign_on import (
    Claim,
    Grant,
    Refusal,
    SingleSignOn,
    granted,
    read_grants,
    refusal,
)
from organisations.services import add_member, follow_provider, invite_colleague
from tests.conftest import PASSWORD
from tests.organisations import saml_idp

ROLES = "acme admin Offswitch Admins; acme auditor audit; other helper help"
HOST = "offswitch.acme.example"
Provider = str


# --- The rule -------------------------------------------------------------------------------------------------------

KNOWN = SingleSignOn(domains=frozenset({"acme.example"}), grants=read_grants(ROLES))


@pytest.mark.parametrize(
    ("address", "verified", "groups", "belongs", "expected"),
    [
        ("a@acme.example", True, {"audit"}, False, None),
        ("a@ACME.example", True, {"audit"}, False, None),
        ("", True, {"audit"}, False, Refusal.NO_ADDRESS),
        ("a@acme.example", False, {"audit"}, True, Refusal.NOT_VERIFIED),
        ("a@evil.example", True, {"audit"}, True, Refusal.FOREIGN_DOMAIN),
        ("a@acme.example.evil.example", True, {"audit"}, True, Refusal.FOREIGN_DOMAIN),
        ("a@sub.acme.example", True, {"audit"}, True, Refusal.FOREIGN_DOMAIN),
        ("a@acme.example", True, {"others"}, False, Refusal.NO_GROUP),
        ("a@acme.example", True, set(), True, None),
    ],
)
def test_who_may_come_in(
    address: str, verified: bool, groups: set[str], belongs: bool, expected: Refusal | None
) -> None:
    assert refusal(KNOWN, Claim(address, verified, frozenset(groups)), belongs=belongs) == expected


def test_of_several_groups_the_strongest_role_counts() -> None:
    assert granted(KNOWN.grants, {"audit", "Offswitch Admins", "help"}) == {"acme": Role.ADMIN, "other": Role.HELPER}
    assert granted(KNOWN.grants, {"offswitch admins"}) == {}


def test_roles_are_read_and_what_cannot_be_is_named() -> None:
    assert read_grants("a owner x y\n b helper z;") == (Grant("a", Role.OWNER, "x y"), Grant("b", Role.HELPER, "z"))
    for wrong in ("a owner", "a king x"):
        with pytest.raises(ValueError, match="SSO_ROLES"):
            read_grants(wrong)


# --- OpenID Connect -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def oidc() -> Iterator[Provider]:
    """The address of a provider that runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/.well-known/openid-configuration")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    pytest.fail(f"nothing answers at {url}")


@pytest.fixture
def sso(
    oidc: Provider, monkeypatch: pytest.MonkeyPatch, settings: Any, organisation: Organisation
) -> Callable[..., None]:
    """Sets single sign-on up as the environment does: `sso(SSO_ONLY="true")`."""

    def configure(**further: str) -> None:
        given = {
            "OIDC_ISSUER": oidc, "OIDC_CLIENT_ID": "offswitch", "OIDC_CLIENT_SECRET": "secret", "OIDC_NAME": "Acme",
            "SSO_DOMAINS": "acme.example", "SSO_ROLES": ROLES,
        }  # fmt: skip
        for name, value in (given | further).items():
            monkeypatch.setenv(name, value)
        settings.SINGLE_SIGN_ON = connections()
        settings.SOCIALACCOUNT_PROVIDERS = social_providers(settings.SINGLE_SIGN_ON)

    configure()
    return configure


def known_as(provider: Provider, sub: str, **claims: Any) -> None:
    requests.put(f"{provider}/users/{sub}", json=claims, timeout=5).raise_for_status()


def come(provider: Provider, sub: str, browser: Client | None = None, **form: str) -> tuple[Client, Any]:
    """By the button of the sign-in page, past the provider's own form, and back."""
    browser = browser or Client()
    page = browser.get("/accounts/login/").content.decode()
    found = re.search(r'action="(/accounts/oidc/company/login/[^"]*)"', page)
    assert found, "the sign-in page has a button"
    there = browser.post(found[1])
    assert there.status_code == 302
    assert there["Location"].startswith(f"{provider}/oauth2/authorize?")
    assert "code_challenge" in there["Location"]
    back = requests.post(there["Location"], data={"sub": sub} | form, allow_redirects=False, timeout=5)
    where = urlsplit(back.headers["Location"])
    return browser, browser.get(f"{where.path}?{where.query}", follow=True)


def role_of(address: str, slug: str = "acme") -> str | None:
    rows = Membership.objects.filter(user__email=address, organisation__slug=slug)
    return rows.values_list("role", flat=True).first()


def test_a_group_makes_an_account_and_a_role(oidc: Provider, sso: Callable[..., None]) -> None:
    known_as(oidc, "1", email="Bea@acme.example", email_verified=True, name="Bea B", groups=["audit"])
    _, response = come(oidc, "1")
    assert response.redirect_chain[-1][0] == "/o/acme/"
    bea = User.objects.get(email="bea@acme.example")
    assert (bea.name, bea.has_usable_password(), role_of(bea.email)) == ("Bea B", False, "auditor")
    assert SocialAccount.objects.get().extra_data == {}  # nothing more is kept
    assert EvidenceEntry.objects.filter(kind="member.added", facts__by_provider=True).count() == 1
    assert come(oidc, "1")[1].redirect_chain[-1][0] == "/o/acme/"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email": "x@acme.example", "groups": ["audit"]}, "verified"),
        ({"email": "x@acme.example", "email_verified": False, "groups": ["audit"]}, "verified"),
        ({"email": "x@acme.example", "email_verified": "false", "groups": ["audit"]}, "verified"),
        ({"email": "x@evil.example", "email_verified": True, "groups": ["audit"]}, "domain"),
        ({"email": "x@acme.example", "email_verified": True, "groups": ["none"]}, "None of your groups"),
        ({"email": "x@acme.example", "email_verified": True}, "None of your groups"),
        ({"groups": ["audit"]}, "no e-mail address"),
    ],
)
def test_nobody_else_gets_an_account(
    oidc: Provider, sso: Callable[..., None], claims: dict[str, Any], said: str
) -> None:
    known_as(oidc, "2", **claims)
    browser, response = come(oidc, "2")
    assert response.status_code == 403
    assert said in response.content.decode()
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()
    assert browser.get("/o/acme/").status_code == 302


def test_an_account_is_linked_by_a_verified_address_only(
    oidc: Provider, sso: Callable[..., None], organisation: Organisation, now: datetime
) -> None:
    member = add_member(
        organisation=organisation, email="cy@acme.example", role=Role.AUDITOR, now=now, password=PASSWORD
    )
    known_as(oidc, "3", email="cy@acme.example", email_verified=False)
    assert come(oidc, "3")[1].status_code == 403
    assert not SocialAccount.objects.exists()
    known_as(oidc, "3", email="cy@acme.example", email_verified=True)
    assert come(oidc, "3")[1].redirect_chain[-1][0] == "/o/acme/"
    assert SocialAccount.objects.get().user == member.user
    member.user.refresh_from_db()
    assert member.user.check_password(PASSWORD)  # an owner vouched for the address, so it stays
    assert role_of("cy@acme.example") == "auditor"  # given by hand: groups do not touch it


def test_roles_follow_the_groups_and_go_with_them(oidc: Provider, sso: Callable[..., None]) -> None:
    def now_in(*groups: str) -> Any:
        known_as(oidc, "4", email="di@acme.example", email_verified=True, groups=list(groups))
        return come(oidc, "4")[1]

    now_in("audit")
    now_in("Offswitch Admins")
    assert role_of("di@acme.example") == "admin"
    assert now_in().status_code == 403
    assert role_of("di@acme.example") is None
    now_in("audit")
    assert role_of("di@acme.example") == "auditor"
    assert now_in("elsewhere").status_code == 403
    assert role_of("di@acme.example") is None
    assert EvidenceEntry.objects.filter(kind="member.role_changed").count() == 1


def test_who_was_kept_out_stays_out(oidc: Provider, sso: Callable[..., None], now: datetime) -> None:
    known_as(oidc, "5", email="ed@acme.example", email_verified=True, groups=["audit"])
    come(oidc, "5")
    Membership.objects.update(disabled_at=now)
    browser, response = come(oidc, "5")
    assert browser.get("/o/acme/").status_code == 404
    User.objects.update(is_active=False)
    browser, response = come(oidc, "5")
    assert response.status_code == 403
    assert browser.get("/o/acme/").status_code == 302


@pytest.mark.parametrize("where", ["here", "provider"])
def test_the_second_factor_is_ours_or_theirs(oidc: Provider, sso: Callable[..., None], where: str) -> None:
    sso(SSO_SECOND_FACTOR=where)
    known_as(oidc, "6", email="fay@acme.example", email_verified=True, groups=["Offswitch Admins"])
    _, response = come(oidc, "6")
    expected = "/accounts/2fa/" if where == "here" else "/o/acme/"
    assert response.redirect_chain[-1][0] == expected


def test_where_the_provider_is_the_only_door_a_password_opens_nothing(
    oidc: Provider, sso: Callable[..., None], organisation: Organisation, now: datetime
) -> None:
    for name in ("gil@acme.example", "out@partner.example"):
        add_member(organisation=organisation, email=name, role=Role.AUDITOR, now=now, password=PASSWORD)
    sso(SSO_ONLY="true")
    browser = Client()
    response = browser.post("/accounts/login/", {"login": "gil@acme.example", "password": PASSWORD}, follow=True)
    assert "does not sign in with a password" in response.content.decode()
    assert browser.get("/o/acme/").status_code == 302
    out = browser.post("/accounts/login/", {"login": "out@partner.example", "password": PASSWORD}, follow=True)
    assert out.redirect_chain[-1][0] == "/o/acme/"  # another domain's
    known_as(oidc, "7", email="gil@acme.example", email_verified=True)
    assert come(oidc, "7")[1].redirect_chain[-1][0] == "/o/acme/"


def test_what_no_line_of_the_settings_gives_any_more_is_taken_back(
    oidc: Provider, sso: Callable[..., None], organisation: Organisation, now: datetime
) -> None:
    add_member(organisation=organisation, email="own@acme.example", role=Role.OWNER, now=now)
    known_as(oidc, "21", email="hal@acme.example", email_verified=True, groups=["audit"])
    browser, _ = come(oidc, "21")
    assert role_of("hal@acme.example") == "auditor"
    sso(SSO_ROLES="elsewhere auditor audit")
    come(oidc, "21")
    assert role_of("hal@acme.example") is None
    assert browser.get("/o/acme/").status_code == 302  # the session from before has ended, too


def test_who_is_kept_out_does_not_come_back_by_leaving_the_group(
    oidc: Provider, sso: Callable[..., None], now: datetime
) -> None:
    for groups in (["audit"], [], ["audit"]):
        known_as(oidc, "22", email="ivy@acme.example", email_verified=True, groups=groups)
        come(oidc, "22")
        if groups:
            assert Membership.objects.count() == 1
        Membership.objects.filter(disabled_at=None).update(disabled_at=now)
    assert Membership.objects.get().disabled_at == now


def test_an_invitation_opens_no_second_door_beside_the_provider(
    sso: Callable[..., None], organisation: Organisation, now: datetime
) -> None:
    owner = add_member(organisation=organisation, email="own@acme.example", role=Role.OWNER, now=now).user
    _, token = invite_colleague(
        organisation=organisation, email="jo@acme.example", role=Role.ADMIN, actor=Role.OWNER, by=owner,
        now=timezone.now(),
    )  # fmt: skip
    sso(SSO_ONLY="true")
    browser = Client()
    assert 'type="password"' not in browser.get(f"/join/{token}/").content.decode()
    answer = browser.post(f"/join/{token}/", {"password": PASSWORD})
    assert answer["Location"] == "/accounts/login/"
    assert not User.objects.get(email="jo@acme.example").has_usable_password()
    assert role_of("jo@acme.example") == "admin"
    assert browser.get("/o/acme/").status_code == 302
    assert browser.post(f"/join/{token}/").status_code == 404


def test_an_address_counts_unverified_only_where_the_house_says_so(oidc: Provider, sso: Callable[..., None]) -> None:
    """Some providers say nothing about addresses; then the house decides, and only for its own domains."""
    sso(OIDC_ADDRESSES_TRUSTED="true")
    known_as(oidc, "8", email="hal@evil.example", groups=["audit"])
    assert come(oidc, "8")[1].status_code == 403
    known_as(oidc, "9", email="hal@acme.example", groups=["audit"])
    assert come(oidc, "9")[1].redirect_chain[-1][0] == "/o/acme/"


def test_turning_back_and_a_forged_answer_open_nothing(oidc: Provider, sso: Callable[..., None]) -> None:
    browser, response = come(oidc, "1", action="deny")
    assert response.status_code == 401
    assert browser.get("/o/acme/").status_code == 302
    browser = Client()
    forged = browser.get("/accounts/oidc/company/login/callback/?code=x&state=y", follow=True)
    assert "Sign-in did not work" in forged.content.decode()
    assert browser.get("/o/acme/").status_code == 302


def test_nothing_set_shows_no_button_and_opens_no_door(client: Client, db: None) -> None:
    assert "Continue with" not in client.get("/accounts/login/").content.decode()
    assert client.post("/accounts/oidc/company/login/").status_code == 404
    assert client.get("/accounts/saml/company/metadata/").status_code == 404


def test_the_last_owner_stays_whatever_the_groups_say(organisation: Organisation, now: datetime) -> None:
    user = User.objects.create_user("o@acme.example")
    for role in (Role.OWNER, Role.HELPER, None):
        roles = {"acme": role} if role else {}
        follow_provider(user=user, roles=roles, managed={"acme"}, now=now)
    assert role_of("o@acme.example") == "owner"


# --- SAML -----------------------------------------------------------------------------------------------------------

XMLSEC = pytest.mark.skipif(not shutil.which("xmlsec1"), reason="the test's own provider needs Debian's xmlsec1")


def make_keys(folder: Path) -> str:
    """A key pair for a provider; returns the certificate."""
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.acme.example")])
    made, now = x509.CertificateBuilder().subject_name(name).issuer_name(name), datetime.now(UTC)
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    signed = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "idp.crt").write_bytes(signed)
    (folder / "idp.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return signed.decode()


@pytest.fixture
def saml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, organisation: Organisation) -> Path:
    """The folder of a provider that the house knows."""
    folder = tmp_path / "idp"
    given = {
        "SAML_ENTITY_ID": saml_idp.ENTITY, "SAML_SSO_URL": saml_idp.SSO, "SAML_CERTIFICATE": make_keys(folder),
        "SAML_NAME": "Acme", "SSO_DOMAINS": "acme.example", "SSO_ROLES": ROLES,
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings.SINGLE_SIGN_ON = connections()
    settings.SOCIALACCOUNT_PROVIDERS = social_providers(settings.SINGLE_SIGN_ON)
    settings.ALLOWED_HOSTS = [HOST]
    return folder


def answered(folder: Path, address: str, groups: list[str], **further: Any) -> tuple[Client, Any]:
    """Past the provider and back."""
    browser = Client(headers={"host": HOST})
    there = browser.post("/accounts/saml/company/login/")
    assert there["Location"].startswith(saml_idp.SSO)
    metadata = browser.get("/accounts/saml/company/metadata/").content.decode()
    given = {
        "folder": str(folder), "metadata": metadata, "sign": True, "address": address,
        "request": parse_qs(urlsplit(there["Location"]).query)["SAMLRequest"][0],
        "identity": {"groups": groups, "uid": [address]},
    } | further  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.organisations.saml_idp"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        cwd=project.BASE_DIR,
    )
    assert done.returncode == 0, done.stderr
    return browser, finish(browser, done.stdout)


def finish(browser: Client, response: str) -> Any:
    return browser.post("/accounts/saml/company/acs/", {"SAMLResponse": response, "RelayState": ""}, follow=True)


@XMLSEC
def test_saml_makes_an_account_and_a_role(saml: Path) -> None:
    _, response = answered(saml, "ann@acme.example", ["audit"])
    assert response.redirect_chain[-1][0] == "/o/acme/"
    assert role_of("ann@acme.example") == "auditor"
    assert SocialAccount.objects.get().extra_data == {}


@XMLSEC
@pytest.mark.parametrize(("address", "groups"), [("ann@evil.example", ["audit"]), ("ann@acme.example", ["none"])])
def test_saml_lets_in_nobody_else(saml: Path, address: str, groups: list[str]) -> None:
    assert answered(saml, address, groups)[1].status_code == 403
    assert not User.objects.exists()


@XMLSEC
@pytest.mark.parametrize("how", ["unsigned", "another key", "another's question", "played back", "changed", "SHA-1"])
def test_a_forged_saml_answer_opens_nothing(saml: Path, tmp_path: Path, how: str) -> None:
    further: dict[str, Any] = {}
    folder = saml
    if how == "unsigned":
        further["sign"] = False
    elif how == "SHA-1":
        further["hash"] = "sha1"
    elif how == "another key":
        folder = tmp_path / "evil"
        make_keys(folder)
    elif how == "another's question":
        further["changed"] = {"in_response_to": "id-of-nobody"}
    if how in {"played back", "changed"}:
        browser, response = _again(saml, changed=how == "changed")
    else:
        browser, response = answered(folder, "ann@acme.example", ["audit"], **further)
    assert response.status_code in {401, 403}
    assert browser.get("/o/acme/").status_code == 302
    assert browser.get("/accounts/2fa/").status_code == 302


def _again(folder: Path, *, changed: bool) -> tuple[Client, Any]:
    """A good answer, changed on its way, or used once more from another browser."""
    seen: list[str] = []
    original = globals()["finish"]

    def note(browser: Client, response: str) -> Any:
        seen.append(response)
        if changed:
            text = base64.b64decode(response).decode().replace("ann@acme.example", "eve@acme.example")
            return original(browser, base64.b64encode(text.encode()).decode())
        return original(browser, response)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "finish", note)
        browser, response = answered(folder, "ann@acme.example", ["audit"])
    if changed:
        return browser, response
    other = Client(headers={"host": HOST})
    return other, original(other, seen[0])


@XMLSEC
def test_the_reverse_of_every_address_is_ours(saml: Path) -> None:
    metadata = Client(headers={"host": HOST}).get("/accounts/saml/company/metadata/").content.decode()
    assert reverse("saml_acs", args=["company"]) in metadata
    assert 'WantAssertionsSigned="true"' in metadata
