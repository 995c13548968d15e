"""What the page says: plainly, in every language, in few bytes, and the same from the cache as from the template."""

import re
import statistics
import uuid
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from compliance.attestations.drawings import path, wrapped
from compliance.attestations.pages import Values, page_of, render_page
from compliance.campaigns.models import Campaign, Invitation
from tests.attestations.browsing import open_link
from tests.conftest import visit_of

Invite = Callable[..., Invitation]
LANGUAGES = [code for code, _name in settings.LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_filled_page_is_the_rendered_page(invite: Invite, language: str) -> None:
    visit = visit_of(invite("Ada <b>", "GB"))
    submission = str(uuid.uuid4())
    values = Values.of(visit, "the-token")
    filled = page_of(visit, language).fill(values.gaps(submission)).decode()
    assert "xGAPx" not in filled
    rendered = render_page(visit, language, values).replace("xGAPxSUBMISSIONx", submission)
    assert "Ada" in filled
    assert " ".join(filled.split()) == " ".join(rendered.split())


def test_the_page_follows_what_it_says(campaign: Campaign, invite: Invite) -> None:
    """Whatever a page says is part of its key: no change stays behind in a process."""
    invitation = invite()
    before = page_of(visit_of(invitation), "en").shown
    Campaign.objects.update(why="Because we care.")
    after = page_of(visit_of(invitation), "en").shown
    assert "Because we care." in after.text
    assert before.sha256 != after.sha256
    Invitation.objects.update(profile_country="US")
    assert "United States" in page_of(visit_of(invitation), "en").shown.text


class Sentences(HTMLParser):
    """The sentences of a page that are read, not chosen or skipped."""

    def __init__(self) -> None:
        super().__init__()
        self.skipping, self.parts = 0, [""]

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.skipping += tag in {"select", "svg", "style", "title"}
        if tag in {"p", "li", "h1", "h2", "h3", "h4", "label", "legend", "summary", "dd", "dt"}:
            self.parts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.skipping -= tag in {"select", "svg", "style", "title"}

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.parts[-1] += data


def sentences(html: str) -> list[str]:
    reader = Sentences()
    reader.feed(html[html.index("<main") : html.index("</main>")])
    text = [" ".join(part.split()) for part in reader.parts]
    return [one for part in text for one in re.split(r"(?<=[.!?:。！？：])\s*", part) if one]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(invite: Invite, language: str) -> None:
    html = render_page(visit_of(invite()), language, Values("Ada", "a…@acme.example", "/p/", ""))
    found = sentences(html)
    assert len(found) > 50
    long = [len(one) if language in {"ja", "zh-hant"} else len(one.split()) for one in found]
    limit = 90 if language in {"ja", "zh-hant"} else 34
    assert max(long) <= limit, found[long.index(max(long))]
    assert statistics.mean(long) <= (30 if language in {"ja", "zh-hant"} else 11)


def syllables(word: str) -> int:
    groups = re.findall(r"[aeiouy]+", word.lower().removesuffix("e"))
    return max(1, len(groups))


def test_the_english_page_reads_at_the_level_of_a_fourteen_year_old(invite: Invite) -> None:
    """Flesch-Kincaid grade, 9 at most; without addresses and the platform's own labels."""
    html = render_page(visit_of(invite()), "en", Values("Ada", "", "/p/", ""))
    text = [one for one in sentences(re.sub(r"<strong>.*?</strong>|https?://\S+", "", html)) if len(one.split()) > 2]
    words = [word for one in text for word in re.findall(r"[A-Za-z’]+", one)]
    grade = 0.39 * len(words) / len(text) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    assert grade <= 9


def test_page_and_styles_weigh_less_than_sixty_kilobytes(invite: Invite) -> None:
    html = open_link(invite())[1].content.decode()
    names = re.findall(r'(?:href|src)="/static/([^"]+)"', html)
    assert all("//" not in name for name in re.findall(r'(?:src|<link[^>]+href)="([^"]+)"', html))
    plain = [re.sub(r"\.[0-9a-f]{12}\.", ".", name) for name in names]
    found = [finders.find(name) for name in plain]
    assert len(found) == 4
    weight = len(html.encode()) + sum(Path(str(file)).stat().st_size for file in found)
    assert weight < 60_000


def test_the_way_is_drawn_in_boxes_that_hold_their_words() -> None:
    long = "A very long name of a setting that goes on and on and on"
    labels = ["Settings & Privacy", "Data privacy", long, "生成式人工智慧改進資料設定頁面的名稱"]
    drawn = path(labels)
    assert drawn
    assert [box.is_switch for box in drawn.boxes] == [False, False, False, True]
    for box in drawn.boxes:
        assert box.x + box.width <= 320
        assert box.lines[-1].y < box.y + box.height
    assert drawn.height >= drawn.boxes[-1].y + drawn.boxes[-1].height
    assert "".join(line.text for line in drawn.boxes[3].lines) == labels[3]
    assert path(["only one"]) is None
    assert wrapped("Donaudampfschifffahrtsgesellschaft", 10) == ["Donaudampf", "schifffahr", "tsgesellsc", "haft"]
