"""The employee's pages as pictures, to look at: every page, on small and large screens, light and dark, and printed.

    .venv/bin/python -m tests.by_hand.pages [FOLDER]

Makes its own people in a throw-away database, serves them as bin/serve does, and writes PAGE-LANGUAGE-WIDTH-SCHEME.png
and PAGE-LANGUAGE-print-N.png into FOLDER (var/looks/employee when not given). Arabic, which Offswitch does not speak,
is forced upon one run to see the page from right to left. Prints the files, and requests and bytes of each page. Needs
Debian's chromium and poppler-utils.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import BrowserContext, Page, Response, sync_playwright

from benchmarks.form import environment, fresh_database
from benchmarks.people import HOST, Link, free_port, links, running, wrapped_command
from benchmarks.send import House
from tests.browsers import ARGUMENTS, find_chromium

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ["en", "de", "zh-hant", "ar"]
WIDTHS = [320, 390, 1440]
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
POLICIES = ["linkedin-genai-training"]


class Weight:
    """What a page brought with it."""

    def __init__(self, context: BrowserContext) -> None:
        self.responses: list[Response] = []
        context.on("response", lambda response: self.responses.append(response))  # noqa: PLW0108 - not a built-in

    def told(self) -> str:
        whole = sum(len(response.body()) for response in self.responses if response.status not in {302, 303})
        # Below 0 for what the browser had kept from the page before.
        sent = sum(max(0, response.request.sizes()["responseBodySize"]) for response in self.responses)
        said = f"{len(self.responses)} requests, {whole:,} bytes, {sent:,} over the wire"
        self.responses.clear()
        return said


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def house(folder: Path) -> dict[str, Link]:
    """One person for each language, all in one campaign; their links."""
    House(len(LANGUAGES), policies=POLICIES)
    from compliance.campaigns.models import Invitation  # noqa: PLC0415 - after Django is set up
    from employees.models import Employee  # noqa: PLC0415

    everybody = links()
    for language, link in zip(LANGUAGES, everybody, strict=True):
        person = Invitation.objects.get(pk=link.invitation).employee_id
        Employee.objects.filter(pk=person).update(language=language)
    return dict(zip(LANGUAGES, everybody, strict=True))


def walk(page: Page, address: str, link: Link) -> Iterator[str]:
    """Stops at every page; what happens to it there is the caller's."""
    page.goto(address + link.path)
    yield "page"
    form = page.locator("form", has=page.locator("input[type=radio]"))
    first = form.locator("input[type=radio]").first.get_attribute("id")
    form.locator(f'label[for="{first}"]').click()
    form.locator("[type=submit]").first.click()
    page.wait_for_url("**/thanks/**")
    yield "thanks"
    page.goto(address + link.path)
    yield "answered"
    page.goto(f"{address}/l/{'x' * 43}")
    yield "dead-link"
    page.goto(address + link.stop)
    yield "stop"


def pictures(page: Page, folder: Path, name: str) -> None:
    for width in WIDTHS:
        for scheme in SCHEMES:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme, media="screen")
            path = folder / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
            say(str(path))
    page.emulate_media(color_scheme="light")


def printed(page: Page, folder: Path, name: str) -> None:
    page.emulate_media(media="print", color_scheme="light")
    paper = folder / f"{name}-print.pdf"
    page.pdf(path=paper, format="A4")
    page.emulate_media(media="screen", color_scheme="light")
    subprocess.run(["pdftoppm", "-png", "-r", "70", str(paper), str(folder / f"{name}-print")], check=True)
    for path in [paper, *sorted(folder.glob(f"{name}-print-*.png"))]:
        say(str(path))


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var" / "looks" / "employee"
    folder.mkdir(parents=True, exist_ok=True)
    if not find_chromium():
        sys.exit("No Chromium that runs was found: install Debian's package chromium.")
    with tempfile.TemporaryDirectory() as store:
        os.environ.update(environment("sqlite", store))
        fresh_database(dict(os.environ))
        people, port = house(Path(store)), free_port()
        env = dict(os.environ) | {"BENCH_LANGUAGE": "ar"}
        command = wrapped_command(port, "benchmarks.wrapped")
        with running(command, port, env, Path(store) / "web.log"), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
            for language, link in people.items():
                context = browser.new_context(extra_http_headers={"Accept-Language": language})
                page, weight = context.new_page(), Weight(context)
                for name in walk(page, f"http://{HOST}:{port}", link):
                    page.wait_for_load_state("networkidle")
                    say(f"{name}, {language}: {weight.told()}")
                    pictures(page, folder, f"{name}-{language}")
                    if name == "page":
                        printed(page, folder, f"{name}-{language}")
                    weight.responses.clear()
                context.close()
            browser.close()


if __name__ == "__main__":
    main()
