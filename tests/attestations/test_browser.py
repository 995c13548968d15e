"""The employee's pages in a real browser: for everybody, by keyboard, without scripts, on a small screen, and silent to
the outside."""

import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test.testcases import LiveServerThread
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, Route, sync_playwright

from compliance.attestations.models import Attestation
from compliance.campaigns.letters.words import personal_link, stop_address
from compliance.campaigns.models import Campaign, Invitation
from compliance.campaigns.services import start_campaign
from employees.models import Employee
from tests.browsers import ARGUMENTS, find_chromium
from tests.once import ON_SERVICES, ON_SQLITE

MUST_RUN = bool(os.environ.get("CI")) and platform.freedesktop_os_release().get("ID") == "debian"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not find_chromium() and not MUST_RUN, reason="no Chromium that runs was found on this machine"),
]
LANGUAGES = [code for code, _ in settings.LANGUAGES]
HEAVIEST = 60_000  # bytes of HTML, CSS and images
TABS = 60  # presses of Tab until the button must have been reached


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    assert find_chromium(), "CI on Debian runs these tests: bin/test installs the package chromium"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright drives its own event loop in this thread; Django takes that for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[str]:
    """The product on a port of its own, static files by WhiteNoise as in production; its address."""
    server = LiveServerThread("127.0.0.1", lambda application: application)  # type: ignore[arg-type]  # any callable
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@dataclass
class Tab:
    """A browser window of one person, and all that it asked for and was told."""

    context: BrowserContext
    site: str
    page: Page = field(init=False)
    requests: list[Request] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Playwright marks the functions that it is given, which a built-in method does not allow.
        self.context.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108
        self.context.on("response", lambda response: self.responses.append(response))  # noqa: PLW0108
        self.context.on("console", lambda message: self.said.append(message.text))
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def open(self, address: str) -> Page:
        self.page.goto(self.site + urlsplit(address).path)
        return self.page

    def unfold(self) -> Page:
        """Opens everything that is folded away."""
        self.page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        return self.page

    def submit(self, form: str = "main form") -> Page:
        with self.page.expect_navigation():
            self.page.locator(f"{form} [type=submit]").first.click()
        return self.page

    def choose_and_send(self) -> Page:
        """Clicks the first choice of each question, then the form's button."""
        form = self.page.locator("form", has=self.page.locator("input[type=radio]"))
        names = form.locator("input[type=radio]").evaluate_all("all => [...new Set(all.map(one => one.name))]")
        for name in names:
            identity = form.locator(f'input[name="{name}"]').first.get_attribute("id")
            form.locator(f'label[for="{identity}"]').click()
        form.locator("[type=submit]").first.click()
        self.page.wait_for_url("**/thanks/**")
        return self.page


Open = Callable[..., Any]


@pytest.fixture
def tab(chromium: Browser, site: str) -> Open:
    """A fresh window: `with tab(viewport=…) as window`."""

    @contextmanager
    def make(**options: Any) -> Iterator[Tab]:
        with closing(chromium.new_context(**options)) as context:
            context.set_default_timeout(10_000)
            yield Tab(context, site)

    return make


@pytest.fixture
def invited(campaign: Campaign, hire: Callable[..., Employee]) -> Callable[..., list[Invitation]]:
    """Invites one person for each of the languages."""

    def make(*languages: str) -> list[Invitation]:
        for language in languages:
            hire(f"Ada {language}", "GB", language=language)
        start_campaign(campaign=campaign, now=timezone.now())
        rows = Invitation.objects.select_related("employee", "campaign__organisation")
        return list(rows.order_by("employee_id"))

    return make


# --- Every page, every language --------------------------------------------------------------------------------------


# Only what is needed comes back: the whole of axe's results takes longer to carry than to find.
AXE = """rules => axe.run({resultTypes: ['violations'], ...(rules.length ? {runOnly: rules} : {})}).then(found => ({
    passed: found.passes.length, broken: found.violations.map(one => `${one.id}: ${one.nodes[0].html.slice(0, 150)}`)
}))"""
OF_COLOURS = ["color-contrast", "link-in-text-block"]  # the rules whose answer the colours can change


def faults(page: Page) -> Iterator[str]:
    """What is wrong with the page: for assistive technology in light and dark, on a small screen, enlarged."""
    schemes: list[tuple[Literal["light", "dark"], list[str]]] = [("light", []), ("dark", OF_COLOURS)]
    for scheme, rules in schemes:
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(AXE, rules)
        assert found["passed"], "axe looked at nothing"
        yield from (f"{scheme}: {fault}" for fault in found["broken"])
    for width, size in ((320, "100%"), (640, "200%")):
        page.set_viewport_size({"width": width, "height": 640})
        page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        if wide > width:
            yield f"{wide} wide at {width} with text at {size}"
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": 1280, "height": 720})


def walk(window: Tab, invitation: Invitation) -> Iterator[tuple[str, Page]]:
    """Every page that a person can get to, by name."""
    link = personal_link(invitation)
    yield "page", window.open(link)
    yield "thanks", window.choose_and_send()
    window.open(link)
    yield "answered page, everything open", window.unfold()
    window.page.locator("#id_country").select_option("US")
    window.submit("form[action*=region]")
    yield "page of another country", window.unfold()
    yield "dead link", window.open("/l/" + "x" * 43)
    yield "no address given", window.submit()
    window.page.locator("#id_email").fill(invitation.employee.email)
    yield "new link", window.submit()
    yield "a receipt", window.open("/receipt/")
    yield "no receipt", window.submit()
    yield "stop page", window.open(stop_address(invitation.key_version, invitation.public_id))
    yield "stop page, not ticked", window.submit()
    window.page.locator("label[for=id_sure]").click()
    yield "stopped", window.submit()
    yield "closed", window.open(f"/p/{invitation.public_id}/leave/")


@pytest.mark.parametrize(
    "languages",
    [
        pytest.param(LANGUAGES[::2], id="odd", marks=ON_SQLITE),
        pytest.param(LANGUAGES[1::2], id="even", marks=ON_SERVICES),
    ],
)
def test_every_page_is_open_to_everybody(languages: list[str], invited: Open, tab: Open) -> None:
    found = []
    for invitation in invited(*languages):
        language = invitation.employee.language
        with tab(extra_http_headers={"Accept-Language": language}) as window:
            window.context.add_init_script(AXE_SCRIPT)
            for name, page in walk(window, invitation):
                found += [f"{language}, {name}: {fault}" for fault in faults(page)]
                spoken = page.locator("html").get_attribute("lang")
                if spoken != language:
                    found.append(f"{language}, {name}: is said to be in {spoken}")
            found += [f"{language}: console: {text}" for text in window.said if not re.search("404|422", text)]
    assert not found, "\n".join(found)


# --- Ways to use it --------------------------------------------------------------------------------------------------


def test_by_keyboard_alone(invited: Open, tab: Open) -> None:
    [invitation] = invited("en")
    with tab() as window:
        page = window.open(personal_link(invitation))
        reached: list[str] = []
        for _ in range(TABS):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.type || document.activeElement.tagName"))
            shown = page.evaluate(
                """() => { const seen = document.activeElement.matches(':focus-visible')
                           const box = document.activeElement.getBoundingClientRect()
                           return seen && box.width > 0 && box.bottom > 0 && box.top < innerHeight }"""
            )
            assert shown, f"the focus cannot be seen on {reached}"
            if reached[-1] == "radio":
                page.keyboard.press("Space")
                assert page.evaluate("document.activeElement.checked")
            in_answer = "document.activeElement.form?.querySelector('input[type=radio]') != null"
            if reached[-1] == "submit" and page.evaluate(in_answer):
                break
        assert reached[-1] == "submit", reached
        assert "radio" in reached
        page.keyboard.press("Enter")
        page.wait_for_url("**/thanks/**")
    assert Attestation.objects.count() == 1


def test_without_javascript(invited: Open, tab: Open) -> None:
    [invitation] = invited("en")
    with tab(java_script_enabled=False) as window:
        window.open(personal_link(invitation))
        window.choose_and_send()
        window.open(stop_address(invitation.key_version, invitation.public_id))
        window.page.locator("label[for=id_sure]").click()
        window.submit()
    assert Attestation.objects.count() == 1
    invitation.refresh_from_db()
    assert invitation.stopped_at


def test_motion_is_left_out_for_those_who_ask(invited: Open, tab: Open) -> None:
    [invitation] = invited("en")
    moving = """() => [...document.querySelectorAll('*')].filter(one => {
        const style = getComputedStyle(one)
        const longest = text => Math.max(...text.split(',').map(parseFloat))
        return longest(style.transitionDuration) > 0.01 || style.scrollBehavior === 'smooth'
            || (style.animationName !== 'none' && longest(style.animationDuration) > 0.01)
    }).map(one => one.outerHTML.slice(0, 80))"""
    with tab(reduced_motion="reduce") as window:
        for name, page in walk(window, invitation):
            assert page.evaluate(moving) == [], name


# --- What others learn -----------------------------------------------------------------------------------------------


def test_nothing_leaves_the_host_and_no_address_keeps_the_token(invited: Open, tab: Open, site: str) -> None:
    [invitation] = invited("en")
    link, stop = personal_link(invitation), stop_address(invitation.key_version, invitation.public_id)
    token, stop_token = (address.rpartition("/")[2] for address in (link, stop))
    with tab() as window:
        for name, page in walk(window, invitation):
            assert token not in page.url, name
            assert token not in page.content(), name
        outside = [request.url for request in window.requests if not request.url.startswith(f"{site}/")]
        assert outside == []
        with_token = {urlsplit(request.url).path for request in window.requests if token in request.url}
        assert with_token == {urlsplit(link).path}
        headers = [str(request.all_headers()) for request in window.requests]
        assert not [sent for sent in headers if token in sent or stop_token in sent]


def test_the_platform_does_not_learn_where_one_comes_from(invited: Open, tab: Open, site: str) -> None:
    [invitation] = invited("en")
    asked: list[Request] = []

    def answer(route: Route) -> None:
        asked.append(route.request)
        route.fulfill(status=200, content_type="text/html", body="<!DOCTYPE html><title>elsewhere</title>")

    with tab() as window:
        window.context.route(lambda url: not url.startswith(f"{site}/"), answer)
        page = window.open(personal_link(invitation))
        with window.context.expect_page() as opened:
            page.locator('main a[href^="https://"]').first.click()
        opened.value.wait_for_load_state()
        assert opened.value.evaluate("document.referrer") == ""
        assert opened.value.evaluate("window.opener") is None
        assert [request.url for request in asked if "linkedin.com" in request.url]
        for request in asked:
            assert "referer" not in request.all_headers()
            assert str(invitation.public_id) not in request.url


def test_the_page_is_light(invited: Open, tab: Open, capsys: pytest.CaptureFixture[str]) -> None:
    [invitation] = invited("en")
    with tab() as window:
        window.open(personal_link(invitation))
        window.page.wait_for_load_state("networkidle")
        sizes = {
            urlsplit(response.url).path: len(response.body()) for response in window.responses if response.status == 200
        }
    with capsys.disabled():
        sys.stdout.write(f"\n{len(window.requests)} requests, {sum(sizes.values()):,} bytes before compression\n")
    assert sum(sizes.values()) < HEAVIEST, sizes
