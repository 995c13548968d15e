"""Every page of the workplace says all that it says through the catalogue, and the German one is complete.

A language is made up in which each sentence of the catalogue stands in brackets. What a page then shows outside of them
is either data or a sentence that nobody marked.
"""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from organisations import told

PO = Path(settings.BASE_DIR) / "config" / "locale" / "de" / "LC_MESSAGES" / "django.po"
OPEN, CLOSE = "⟦", "⟧"
SKIPPED = {"script", "style", "code", "textarea", "iframe", "option", "svg"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SPOKEN_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt", "data-label"}
WORD = re.compile(r"[A-Za-zÀ-ž]{3,}")


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
        if WORD.search(text):
            self.words.append(f"{where}: {' '.join(text.split())}")


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What goes through a catalogue stands in brackets; so does what `told` knows."""

    def around(real: Callable[..., str]) -> Callable[..., str]:
        return lambda *given: f"{OPEN}{real(*given)}{CLOSE}"

    for name in ("gettext", "pgettext", "ngettext", "npgettext"):
        monkeypatch.setattr(translation._trans, name, around(getattr(trans_real, name)), raising=False)
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
