"""The way of an HR admin, from a setup code to a report in their hands, told once for either hand."""

import re
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.journey.hands import Hand
from tests.journey.house import House
from tests.journey.watch import Window
from tests.organisations.second_factors import code

ADDRESS, PASSWORD = "ada@nordwind.example", "a long enough passphrase"
ROSTER = Path(__file__).resolve().parents[2] / "samples" / "roster.csv"
WORK_SECONDS = 120  # that a plan, the first mails or a report may take on a busy machine


def make_the_house(page: Page, hand: Hand, code: str) -> None:
    hand.write(page.get_by_label("Setup code"), code)
    hand.write(page.get_by_label("E-mail address"), ADDRESS)
    hand.write(page.get_by_label("Password"), PASSWORD)
    hand.press(page.get_by_role("button", name="Make the account"))
    hand.write(page.get_by_label("What your organisation is called"), "Nordwind Ltd")
    hand.press(page.get_by_role("button", name="Go on"))


def add_a_passkey(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("link", name="Add a passkey"))
    hand.press(page.get_by_role("button", name="Add it"))
    page.wait_for_url("**/recovery-codes/**")


def set_up_the_app(page: Page, hand: Hand) -> None:
    """Types the secret off the page, as on a phone without a camera."""
    hand.press(page.get_by_role("link", name="Set up the app"))
    hand.press(page.get_by_text("It cannot scan? Type this."))
    hand.write(page.get_by_label(re.compile("code", re.IGNORECASE)), code(page.locator("code.hash").inner_text()))
    hand.press(page.get_by_role("button", name="Turn it on"))
    page.wait_for_url("**/recovery-codes/**")


def try_the_mail(page: Page, hand: Hand) -> None:
    """Leaves the recovery codes for the dashboard, and takes its list's first open step."""
    hand.press(page.get_by_role("link", name="Go on"))
    hand.press(page.get_by_role("link", name="Try the mail settings"))
    hand.press(page.get_by_role("button", name="Send a test mail to"))
    expect(page.get_by_text("The test mail lies in the local outbox")).to_be_visible()
    hand.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Dashboard"))


def use_invented_people(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("link", name="Import a roster"))
    hand.press(page.get_by_role("button", name="Use invented people"))
    commit_the_plan(page, hand)


def import_the_roster(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("link", name="Import a roster"))
    hand.give(page.locator("input[type=file]"), ROSTER)
    hand.press(page.get_by_role("button", name="Show the plan"))
    commit_the_plan(page, hand)


def commit_the_plan(page: Page, hand: Hand) -> None:
    commit = page.get_by_role("button", name=re.compile("^Commit: "))
    commit.wait_for(timeout=WORK_SECONDS * 1000)
    hand.press(commit)
    expect(page.get_by_role("heading", name="What this file changed")).to_be_visible(timeout=WORK_SECONDS * 1000)


def start_a_campaign(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Dashboard"))
    hand.press(page.get_by_role("main").get_by_role("link", name="New campaign"))
    hand.write(page.get_by_label("Name", exact=True), "LinkedIn, autumn")
    hand.tick(page.locator("input[name=policies][value=linkedin-genai-training]"))
    for title in ("Audience", "Dates", "Message", "Terms"):
        hand.press(page.get_by_role("button", name="Save and continue"))
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        if title == "Dates":
            hand.tick(page.get_by_label("Write in working hours"))  # no: the mails go out now
    settle_the_terms(page, hand)
    hand.press(page.get_by_role("button", name=re.compile("^Start")))


def settle_the_terms(page: Page, hand: Hand) -> None:
    hand.tick(page.locator("input[name=lawful_basis][value=legitimate_interest]"))
    hand.write(page.get_by_label("Privacy notice"), "Intranet, page Privacy")
    hand.tick(page.locator("input[name=assessment][value=not_needed]"))
    hand.write(page.get_by_label("Why, or where it is kept"), "Few data, and voluntary.")
    hand.write(page.get_by_label("Works council"), "Agreement of 1 October 2025.")
    hand.press(page.get_by_role("button", name="Save and check"))


def first_mails(house: House, wanted: int) -> list[str]:
    deadline = time.monotonic() + WORK_SECONDS
    while len(found := house.links()) < wanted:
        assert time.monotonic() < deadline, f"{len(found)} mails: {house.log.read_text()}"
        time.sleep(0.5)
    return found


def answers(window: Window, hand: Hand, house: House, wanted: int) -> None:
    """Of staff on a phone, in order of the mails, until so many have answered; some are told and not asked."""
    tried, answered = 0, 0
    while answered < wanted:
        links = first_mails(house, tried + 1)
        answered += answer(window, hand, links[tried])
        tried += 1


def answer(window: Window, hand: Hand, link: str) -> bool:
    """Whether there was a question. The page speaks the person's language: nothing is found by its words."""
    page = window.open(link)
    if not page.locator("input[type=radio]").count():
        return False
    hand.tick(page.locator("input[type=radio]").first)
    hand.press(page.locator("form", has=page.locator("input[type=radio]")).locator("[type=submit]").first)
    page.wait_for_url("**/thanks/**")
    return True


def fetch_the_report(page: Page, hand: Hand, folder: Path) -> Path:
    hand.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Dashboard"))
    hand.press(page.get_by_role("button", name="Make the report"))
    download = page.get_by_role("link", name=re.compile("PDF")).first
    download.wait_for(timeout=WORK_SECONDS * 1000)
    with page.expect_download() as coming:
        hand.press(download)
    path = folder / "report.pdf"
    coming.value.save_as(path)
    return path


def draft_another(page: Page, hand: Hand) -> str:
    """The path of a draft like the campaign that runs."""
    hand.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Campaigns"))
    hand.press(page.get_by_role("link", name="LinkedIn, autumn"))
    hand.press(page.get_by_role("button", name="Make a new one like it"))
    page.wait_for_url("**/set-up/**")
    return urlsplit(page.url).path
