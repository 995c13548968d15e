"""From an empty database to a report in the hand, in a real browser on the real processes: by mouse, and by keyboard
alone. Then every page that links lead to.

LOOKS=var/looks .venv/bin/python -m pytest tests/journey also writes a picture of every page, on three widths, light and
dark.
"""

import os
import platform
import subprocess
from pathlib import Path

import pytest

from tests.browsers import find_chromium
from tests.journey import story
from tests.journey.crawl import crawl
from tests.journey.hands import Keyboard, Mouse
from tests.journey.house import house
from tests.journey.watch import Window, chromium
from tests.once import ON_SERVICES, ON_SQLITE
from tests.organisations.test_access import PAGES

MUST_RUN = bool(os.environ.get("CI")) and platform.freedesktop_os_release().get("ID") == "debian"
pytestmark = pytest.mark.skipif(not find_chromium() and not MUST_RUN, reason="no Chromium that runs was found here")

PHONE, DESK = {"width": 390, "height": 800}, {"width": 1440, "height": 900}
ANSWERS = 6  # one more than the smallest group that figures are shown for
# Downloads and framed mails, a manager's page, and rows that this story has not made.
NOT_MET = {
    "import-template", "import-download", "import-mend", "import-moves", "campaign-preview-html", "outbox-mail-html",
    "evidence-checkpoint", "evidence-download", "report-bundle", "report-file", "report-download", "team", "logo",
    "help-request", "jobs-now", "report-bundle-download",
}  # fmt: skip


def pages_of(path: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


@ON_SQLITE
def test_by_mouse_and_then_every_page(tmp_path: Path) -> None:
    with house(tmp_path, "mouse") as home, chromium() as browser:
        window = Window(browser, home.url, viewport=DESK)
        hand, page = Mouse(window.page), window.page
        window.add_authenticator()
        window.open("/")
        story.make_the_house(page, hand, home.setup_code)
        story.add_a_passkey(page, hand)
        story.try_the_mail(page, hand)
        story.import_the_roster(page, hand)
        story.start_a_campaign(page, hand)
        phone = Window(browser, home.url, viewport=PHONE)
        story.answers(phone, Mouse(phone.page), home, ANSWERS)
        report = story.fetch_the_report(page, hand, tmp_path)
        assert "Nordwind Ltd" in pages_of(report)
        found = crawl(window, "/", story.draft_another(page, hand))
        assert {name: faults for name, faults in found.items() if faults} == {}
        met = {name.partition(" ")[0] for name in found}
        assert {name for name, (_, method) in PAGES.items() if method == "get"} - met - NOT_MET == set()
        assert window.faults + phone.faults == []
        assert window.strangers + phone.strangers == []


@ON_SERVICES
def test_by_keyboard_alone(tmp_path: Path) -> None:
    with house(tmp_path, "keyboard") as home, chromium() as browser:
        window = Window(browser, home.url, viewport=DESK)
        hand, page = Keyboard(window.page), window.page
        window.open("/")
        story.make_the_house(page, hand, home.setup_code)
        story.set_up_the_app(page, hand)
        story.try_the_mail(page, hand)
        story.use_invented_people(page, hand)
        story.start_a_campaign(page, hand)
        phone = Window(browser, home.url, viewport=PHONE)
        story.answers(phone, Keyboard(phone.page), home, ANSWERS)
        assert "Nordwind Ltd" in pages_of(story.fetch_the_report(page, hand, tmp_path))
        assert window.faults + phone.faults == []
        assert window.strangers + phone.strangers == []
