"""Every page of the workplace says all that it says through the catalogue, and the German one is complete.

A language is made up in which each sentence of the catalogue stands in brackets. What a page then shows outside of them
is either data or a sentence that nobody marked.
"""

import re
import runpy
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import trans_real

from employees.names import country_choices, us_states
from organisations import told
from organisations.models import Organisation, User
from organisations.rules import Role
from tests.organisations.test_access import OTHER_ARGUMENTS, OTHERS, PAGES, arguments

__all__ = ["arguments"]  # a fixture

OPEN, CLOSE = "⟦", "⟧"
SKIPPED = {"script", "style", "code", "textarea", "iframe", "option", "svg"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SPOKEN_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt", "data-label"}
GAP = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
WORD = re.compile(r"[A-Za-zÀ-ž]{3,}")

# What stands in this test's database, and what is a name: places, platforms, their settings, languages, addresses.
_NAMES = (
    "Acme", "Offswitch", "Ada", "Bob", "Bern", "LinkedIn, winter", "Gone", "staff.csv", "Name", "Work Email", "Country",
    "Data for Generative AI Improvement", "Data privacy", "Settings & Privacy", "How LinkedIn uses your data",
    "Use my data for training content creation AI models", "Daten zur Verbesserung generativer KI", "Datenschutz",
    "Einstellungen & Datenschutz", "Ihre Daten zum Schulen von KI-Modellen verwenden, um Inhalte zu erstellen",
    "Adobe", "Anthropic", "Dropbox", "GitHub", "Google", "LinkedIn", "Meta", "OpenAI", "Slack", "Zoom",
    "STARTTLS", "SHA-256", "UTC", "Europe/Berlin",
    *us_states().values(),
    *(name for _code, name in country_choices("de")),
    *(name for _code, name in settings.LANGUAGES),
)  # fmt: skip
_DATA = re.compile(
    "|".join(
        [
            *map(re.escape, sorted(_NAMES, key=len, reverse=True)),
            r"\S+@\S+",
            r"https?://\S+",
            r"EU27|EEA_EFTA",
            r"\b[0-9a-f]{7,64}\b",
        ]
    )
)


class Seen(HTMLParser):
    """Words of a page outside of the brackets, with the element that they stand in."""

    def __init__(self) -> None:
        super().__init__()
        self.within: list[tuple[str, bool]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # What has a language of its own is cited: the catalogue's sources, mails, the platform's labels.
        quiet = tag in SKIPPED or (tag != "html" and "lang" in given) or any(hidden for _tag, hidden in self.within)
        for name in SPOKEN_ATTRIBUTES & given.keys():
            if not quiet:
                self._look(str(given[name]), f"{tag} {name}")
        if tag not in VOID:
            self.within.append((tag, quiet))

    def handle_endtag(self, tag: str) -> None:
        while self.within and self.within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.within and not self.within[-1][1]:
            self._look(data, self.within[-1][0])

    def _look(self, text: str, where: str) -> None:
        while (bare := re.sub(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)) != text:
            text = bare
        # A sentence that an element stands in the middle of: its halves.
        text = re.sub(rf"{OPEN}.*$|^[^{OPEN}]*{CLOSE}", "", text, flags=re.DOTALL)
        if WORD.search(_DATA.sub("", text)):
            self.words.append(f"{where}: {' '.join(text.split())}")


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What goes through a catalogue stands in brackets; so does what `told` knows."""

    def around(real: Callable[..., str]) -> Callable[..., str]:
        return lambda *given: f"{OPEN}{real(*given)}{CLOSE}"

    for name in ("gettext", "pgettext", "ngettext", "npgettext"):
        monkeypatch.setattr(vars(translation)["_trans"], name, around(getattr(trans_real, name)), raising=False)
    known = told._told

    def told_in_brackets(english: str, language: str) -> str:
        said = known(english, language)
        return f"{OPEN}{said}{CLOSE}" if said != english or english in told.sentences(language).exact else english

    monkeypatch.setattr(told, "_told", told_in_brackets)
    with translation.override("de"):
        yield


def _unmarked(client: Client, address: str) -> set[str]:
    response = client.get(address)
    if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
        return set()
    page = Seen()
    page.feed(response.content.decode())
    return set(page.words)


def _addresses(of: Callable[[str], list[object]]) -> Iterator[tuple[str, str]]:
    for name, (_roles, method) in PAGES.items():
        if method == "get":
            yield name, reverse(name, args=["acme", *of(name)])
    for name, (_nobody, somebody) in OTHERS.items():
        if (
            somebody == (200, "")
            and not name.startswith(("link-", "receipt-", "stop-"))
            and name not in OTHER_ARGUMENTS
        ):
            yield name, reverse(name)


@pytest.mark.usefixtures("bracketed")
def test_no_page_says_what_is_not_in_the_catalogue(
    organisation: Organisation, arguments: Callable[[str], list[object]], signed_in: Callable[..., Client]
) -> None:
    owner, manager = signed_in(Role.OWNER), signed_in(Role.MANAGER)
    User.objects.update(language="de")
    found = {
        f"{name}: {word}"
        for name, address in _addresses(arguments)
        for client in ((manager,) if name == "team" else (owner, Client(headers={"accept-language": "de"})))
        for word in _unmarked(client, address)
    }
    assert not found, "\n".join(sorted(found))


@pytest.mark.usefixtures("bracketed")
def test_what_nobody_marked_is_found() -> None:
    """The looking itself: a sentence in brackets passes, one beside them does not."""
    page = Seen()
    page.feed(
        f'<html lang="de"><p>{OPEN}Alles{CLOSE} Acme</p><p title="A hint">{OPEN}x{CLOSE}</p><p>Plain words</p></html>'
    )
    assert page.words == ["p title: A hint", "p: Plain words"]


@pytest.mark.parametrize("language", [code for code in settings.WORKPLACE_LANGUAGES if code != "en"])
def test_the_catalogue_is_complete(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sentence that the sources have now is in it, translated, with the same gaps, and none is fuzzy."""
    tools = Path(settings.BASE_DIR) / "bin"
    monkeypatch.syspath_prepend(str(tools))
    messages = runpy.run_path(str(tools / "messages.py"))
    wanted, have = messages["workplace_sentences"](), messages["read"](language, "config")
    missing, odd = [], []
    for message in wanted:
        if not message.id:
            continue
        same = have.get(message.id, message.context)
        strings = [] if same is None else [same.string] if isinstance(same.string, str) else list(same.string)
        if not strings or not all(strings) or (same is not None and same.fuzzy):
            missing.append(message.id)
        gaps = {frozenset(GAP.findall(text)) for text in ([message.id] if isinstance(message.id, str) else message.id)}
        odd += [text for text in strings if text and frozenset(GAP.findall(text)) not in gaps]
    assert not missing
    assert not odd
