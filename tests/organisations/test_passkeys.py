"""Sign-in in a real browser: passkeys with Chromium's own authenticator; pages for everybody."""

import os
import platform
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from organisations.models import Organisation, User
from organisations.rules import Role
from organisations.services import add_member
from tests.browsers import ARGUMENTS, find_chromium
from tests.conftest import PASSWORD
from tests.organisations.second_factors import kept

MUST_RUN = bool(os.environ.get("CI")) and platform.freedesktop_os_release().get("ID") == "debian"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not find_chromium() and not MUST_RUN, reason="no Chromium that runs was found on this machine"),
]
AXE = """() => axe.run({resultTypes: ['violations']}).then(found => found.violations.map(
    one => one.id + ': ' + one.nodes.map(node => node.html).join(' | ')))"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    assert find_chromium(), "CI on Debian runs these tests: bin/test installs the package chromium"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's own event loop is not ours
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[str]:
    """The product at a name: a passkey belongs to one, never to a number."""
    server = LiveServerThread("127.0.0.1", lambda application: application)  # type: ignore[arg-type]  # any callable
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}"
    server.terminate()


class Window:
    """A browser with a virtual authenticator, and all that went wrong in it."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.site, self.said, self.strangers = site, [], []  # type: tuple[str, list[str], list[str]]
        self.context: BrowserContext = browser.new_context()
        self.context.on("console", self._heard)
        self.context.on("request", lambda request: self._asked(request.url))
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        devtools = self.context.new_cdp_session(self.page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        self.key = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
        self.devtools = devtools

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.said.append(message.text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.site, "data:")):
            self.strangers.append(url)

    def open(self, path: str) -> Page:
        self.page.goto(self.site + path)
        return self.page

    def password(self) -> Page:
        page = self.open("/accounts/login/")
        page.fill("#id_login", "ada@acme.example")
        page.fill("#id_password", PASSWORD)
        page.click("form[action='/accounts/login/'] [type=submit]")
        return page

    def log_out(self) -> None:
        self.open("/accounts/logout/")
        with self.page.expect_navigation():
            self.page.click("main [type=submit]")

    def credentials(self) -> list[Any]:
        return list(self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.key})["credentials"])

    def violations(self) -> list[str]:
        self.page.evaluate(AXE_SCRIPT)
        return list(self.page.evaluate(AXE))


@pytest.fixture
def ada(db: None, now: datetime, organisation: Organisation) -> User:
    return add_member(
        organisation=organisation, email="ada@acme.example", role=Role.OWNER, now=now, password=PASSWORD
    ).user


@pytest.fixture
def window(chromium: Browser, site: str) -> Iterator[Window]:
    made = Window(chromium, site)
    made.context.set_default_timeout(15_000)
    yield made
    made.context.close()
    assert made.said == []  # no error, and nothing that the content policy stopped
    assert made.strangers == []


def add_key(window: Window) -> None:
    """From the first sign-in with a password to the dashboard, by way of a passkey."""
    page = window.password()
    page.wait_for_url("**/accounts/2fa/")
    assert "Set up a second factor first" in page.content()
    page.click("text=Add a passkey")
    page.check("#id_passwordless")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/**")
    window.open("/o/acme/")
    assert "Acme" in page.title()


def test_a_passkey_is_added_and_signs_in_alone(ada: User, window: Window) -> None:
    add_key(window)
    assert len(window.credentials()) == 1
    assert window.credentials()[0]["isResidentCredential"]
    assert window.credentials()[0]["privateKey"] not in kept(ada)
    window.log_out()
    page = window.open("/accounts/login/")
    page.click("#passkey_login")
    page.wait_for_url("**/o/acme/")


def test_a_passkey_is_the_second_factor_and_answers_is_it_you(ada: User, window: Window) -> None:
    add_key(window)
    window.log_out()
    page = window.password()
    page.wait_for_url("**/2fa/authenticate/")
    window.open("/o/acme/")
    assert page.url.endswith("/2fa/authenticate/")  # the password alone opens nothing
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url("**/o/acme/")
    window.open("/accounts/2fa/webauthn/reauthenticate/?next=/o/acme/members/")
    page.click("#mfa_webauthn_reauthenticate")
    page.wait_for_url("**/o/acme/members/")


PAGES = [
    "/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/", "/accounts/2fa/totp/activate/",
    "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/", "/accounts/password/change/",
    "/accounts/sessions/", "/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/", "/accounts/logout/",
    "/o/acme/members/", "/o/acme/evidence/entries/", "/organisations/",
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_sign_in_is_for_everybody(ada: User, window: Window, scheme: Any) -> None:
    window.page.emulate_media(color_scheme=scheme)
    found = {}
    for path in ("/accounts/login/", "/accounts/password/reset/", "/join/x/"):
        window.open(path)
        found[path] = window.violations()
    window.said.clear()  # a link that is none answers 404, and Chromium says so
    add_key(window)
    for path in PAGES:
        window.open(path)
        assert path in window.page.url
        found[path] = window.violations()
    window.page.set_viewport_size({"width": 390, "height": 800})
    for path in PAGES:
        window.open(path)
        wide = window.page.evaluate("document.documentElement.scrollWidth")
        if wide > 390:
            found[path].append(f"{wide} px wide on a phone")
    assert {path: what for path, what in found.items() if what} == {}
