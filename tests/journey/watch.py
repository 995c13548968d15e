"""A browser that keeps all that went wrong in it, and looks at every page it is shown for who cannot see or point."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browsers import ARGUMENTS, find_chromium

# Only what is needed comes back: the whole of axe's results takes longer to carry than to find.
_AXE = """() => axe.run({resultTypes: ['violations']}).then(found => found.violations.map(
    one => one.id + ': ' + one.nodes.map(node => node.html).join(' | ')))"""
_BLOCKED = """addEventListener('securitypolicyviolation', event =>
    console.error('content policy: ' + event.violatedDirective + ' ' + event.blockedURI))"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """One person's browser. `faults` holds errors of scripts and of the content policy, `strangers` other hosts."""

    def __init__(self, browser: Browser, site: str, **options: Any) -> None:
        self.site = site
        self.faults: list[str] = []
        self.strangers: list[str] = []
        self.context = browser.new_context(accept_downloads=True, **options)
        self.context.set_default_timeout(15_000)
        self.context.add_init_script(_BLOCKED)
        self.context.on("console", self._heard)
        self.context.on("request", lambda request: self._asked(request.url))
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"{self.page.url}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.site, "data:", "blob:")):
            self.strangers.append(url)

    def open(self, path: str) -> Page:
        self.page.goto(self.site + path)
        return self.page

    def add_authenticator(self) -> None:
        """A fingerprint reader of its own, that always finds the right finger."""
        devtools = self.context.new_cdp_session(self.page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    def violations(self) -> list[str]:
        """What axe finds on the page that is open."""
        self.page.evaluate(AXE_SCRIPT)
        return list(self.page.evaluate(_AXE))
