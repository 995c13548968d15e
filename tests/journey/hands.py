"""Two ways of using a page: by mouse, and by keyboard alone. A story that is told once is played by either."""

from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page

TABS = 250  # presses until a control must have been reached


class Hand(Protocol):
    page: Page

    def press(self, control: Locator) -> None: ...
    def write(self, field: Locator, text: str) -> None: ...
    def tick(self, box: Locator) -> None: ...
    def give(self, field: Locator, file: Path) -> None: ...


class Mouse:
    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, control: Locator) -> None:
        control.click()

    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.fill(text)

    def tick(self, box: Locator) -> None:
        """Clicks the words beside it, as people do."""
        self.page.locator(f'label[for="{box.get_attribute("id")}"]').click()

    def give(self, field: Locator, file: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            field.click()
        chooser.value.set_files(file)


class Keyboard:
    """Tab and Shift+Tab to get there; Enter, Space and the letters to use it. What has the focus must be visible."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, control: Locator) -> None:
        wanted = control.element_handle()
        self.page.wait_for_load_state()
        for _ in range(TABS):
            if self.page.evaluate("one => one === document.activeElement", wanted):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"{control} is not reached by {TABS} presses of Tab")
        shown = (
            "one => { const at = getComputedStyle(one); return at.outlineStyle !== 'none' || at.boxShadow !== 'none' }"
        )
        assert self.page.evaluate(shown, wanted), f"{control} does not show that it has the focus"

    def press(self, control: Locator) -> None:
        self.reach(control)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def tick(self, box: Locator) -> None:
        """Of a group of radio buttons, Tab reaches the first (or the chosen) one, and arrows the others."""
        if box.get_attribute("type") == "radio":
            self._choose(box)
        else:
            self.reach(box)
            self.page.keyboard.press("Space")

    def _choose(self, box: Locator) -> None:
        group = self.page.locator(f'input[type=radio][name="{box.get_attribute("name")}"]')
        chosen = group.and_(self.page.locator(":checked"))
        self.reach((chosen if chosen.count() else group).first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if box.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        assert box.is_checked()

    def give(self, field: Locator, file: Path) -> None:
        self.reach(field)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(file)
