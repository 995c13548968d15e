"""What a mail says and how it is built: headers, links, the same words in both parts, every language."""

import re
import sys
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from compliance.campaigns.letters.plain import text_of
from compliance.campaigns.letters.slots import BadText, checked, filled
from compliance.campaigns.letters.words import mail_language
from compliance.campaigns.models import Campaign, Letter, Message
from compliance.campaigns.rules.skeleton import GAPS, LINK, NAME, STOP, Skeleton, body
from compliance.campaigns.services import change_campaign, start_campaign
from compliance.campaigns.services.delivery import deliver_due
from compliance.campaigns.services.texts import keep_text
from compliance.catalogue.models import Policy
from employees.models import Employee
from organisations.models import Organisation

sys.path.insert(0, str(settings.BASE_DIR / "bin"))
import messages as sentences

Hire = Callable[..., Employee]
LANGUAGES = [code for code, _ in settings.LANGUAGES]
OFFICIAL = re.compile(r"(^|\.)(linkedin\.com|facebook\.com|instagram\.com|meta\.com)$")


class _Words(HTMLParser):
    """The words and links that a reader of the HTML part sees."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.remote: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"style", "title"}
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.remote += [value or "" for name, value in attrs if name in {"src", "background", "srcset"}]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def read(html: str) -> _Words:
    reader = _Words()
    reader.feed(html)
    return reader


def sent() -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in settings.OUTBOX_DIR.glob("*.eml")]


@pytest.fixture
def hundred(campaign: Campaign, hire: Hire) -> list[EmailMessage]:
    """A hundred mails in seventeen languages, about three policies, of people with all kinds of names."""
    keys = ["linkedin-genai-training", "linkedin-affiliates-partners", "meta-ai-objection"]
    change_campaign(campaign=campaign, now=timezone.now(), policies=Policy.objects.filter(key__in=keys))
    names = ["Zoë Müller", "O’Brien & Sons <b>", "Nguyễn Thị Ánh", "王小明", "x" * 150, "Ада = Лавлейс", "=?q?x?="]
    countries = ["DE", "GB", "US", "HK"]
    for i in range(100):
        hire(f"P{i}", countries[i // 50 * 3], language=LANGUAGES[i % 17], email=f"p{i}@acme.example")
        Employee.objects.filter(email=f"p{i}@acme.example").update(name=names[i % 7])
    start_campaign(campaign=campaign, now=timezone.now())
    deliver_due()
    found = sent()
    assert len(found) == 100
    return found


def test_a_hundred_mails_have_what_they_need(hundred: list[EmailMessage]) -> None:
    assert len({mail["Message-ID"] for mail in hundred}) == 100
    for mail in hundred:
        for header in ("From", "To", "Subject", "Date", "MIME-Version", "Reply-To", "Content-Language"):
            assert mail[header], header
        assert mail["Message-ID"].endswith(f"@{settings.MAIL_DOMAIN}>")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert re.fullmatch(r"<campaign-\d+\.acme\..+>", mail["List-Id"])
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(rf"<{settings.BASE_URL}/u/[0-9a-f-]{{36}}/[\w-]{{43}}>", mail["List-Unsubscribe"].strip())
        assert len(mail["To"].addresses) == 1
        assert [part.get_content_type() for part in mail.walk()][1:] == ["text/plain", "text/html"]
        assert not mail.defects
        assert all(len(line) <= 998 for line in mail.as_bytes().splitlines())


def test_text_and_html_say_the_same(hundred: list[EmailMessage]) -> None:
    for mail in hundred:
        text, html = parts(mail)
        seen = read(html)
        wanted = Counter(re.findall(r"\w+", " ".join(seen.words)))
        for link in seen.links:
            wanted.update(re.findall(r"\w+", link) if link not in " ".join(seen.words) else [])
        plain = Counter(re.findall(r"\w+", text))
        for count in (plain, wanted):  # the steps are numbered in the text alone
            for number in "123456789":
                count.pop(number, None)
        assert plain == wanted


def test_links_lead_to_us_or_to_the_platform_and_nothing_is_loaded(hundred: list[EmailMessage]) -> None:
    own = urlsplit(settings.BASE_URL).netloc
    for mail in hundred:
        _, html = parts(mail)
        seen = read(html)
        assert seen.remote == []
        assert "url(" not in html
        assert "@import" not in html
        for link in seen.links:
            host = urlsplit(link).netloc
            assert host == own or OFFICIAL.search(host), link
        assert sum("/l/" in link for link in seen.links) == 1


def test_no_letter_is_left_with_a_gap(hundred: list[EmailMessage]) -> None:
    for mail in hundred:
        assert not any(gap in part for part in parts(mail) for gap in GAPS)


def test_people_who_get_the_same_share_a_letter(hundred: list[EmailMessage]) -> None:
    assert Letter.objects.count() < Message.objects.count()
    letter = Letter.objects.first()
    assert letter
    assert NAME in letter.text
    assert not re.search(r"/l/[\w-]{43}", letter.text + letter.html)


_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=80).map(
    lambda text: " ".join(text.split()) or "x"
)


@given(name=_NAMES, before=st.text(max_size=120), after=st.text(max_size=120))
def test_whatever_fills_a_gap_is_read_as_it_was(name: str, before: str, after: str) -> None:
    clean = [re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", "", part) for part in (before, after)]
    text = f"{clean[0]}{NAME}{clean[1]}{LINK}\n{STOP}\n"
    skeleton = Skeleton(b"Subject: x\r\nMIME-Version: 1.0\r\n", body(text), body("<p>x</p>"))
    link = "https://example.com/l/" + "a" * 90
    content = skeleton.fill(b"To: a@b.example\r\n", "=_b", {NAME: name, LINK: link, STOP: "https://example.com/u"})
    mail = message_from_bytes(content, policy=policy.default)
    part = mail.get_body(("plain",))
    assert part
    expected = text.replace(NAME, name).replace(LINK, link).replace(STOP, "https://example.com/u")
    assert part.get_content().replace("\r\n", "\n") == expected
    assert all(len(line) <= 76 for line in content.split(b"\r\n"))


# --- Languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_language_is_complete(language: str) -> None:
    """Every sentence that staff can be shown is translated, with the same gaps."""
    wanted, known = sentences.sentences(), sentences.read(language)
    for message in wanted:
        if not message.id:
            continue
        found = known.get(message.id)
        assert found is not None, message.id
        assert found.string, message.id
        assert not found.fuzzy
        gaps = [Counter(re.findall(r"%\(\w+\)s", str(text))) for text in (message.id, found.string)]
        assert gaps[0] == gaps[1], message.id
    assert {message.id for message in known} <= {message.id for message in wanted} | {""}


@pytest.mark.parametrize(
    ("language", "country", "spoken"),
    [
        ("de-at", "AT", "de"), ("zh-hk", "HK", "zh-hant"), ("zh-tw", "TW", "zh-hant"), ("pt-br", "BR", "pt"),
        ("", "DE", "de"), ("", "CH", "en"), ("", "BE", "en"), ("", "GR", "el"), ("sw", "DE", "en"), ("", "", "en"),
    ],
)  # fmt: skip
def test_people_are_written_to_in_a_language_of_theirs(language: str, country: str, spoken: str) -> None:
    assert mail_language(language, country) == spoken


def test_a_german_mail_is_german(campaign: Campaign, hire: Hire) -> None:
    hire("Jürgen", "DE", language="de", email="juergen@acme.example")
    start_campaign(campaign=campaign, now=timezone.now())
    deliver_due()
    text, html = parts(sent()[0])
    for words in ("Guten Tag Jürgen", "Deutschland", "3. November 2025", "„Ihre Daten zum Schulen von KI-Modellen"):
        assert words in " ".join(text.split()), words
    assert '<html lang="de">' in html
    assert not re.search(r"\b(the|your|and|answer)\b", text)


# --- The organisation's own words ------------------------------------------------------------------------------------


def test_own_words_stand_in_the_mail(campaign: Campaign, hire: Hire, organisation: Organisation) -> None:
    for slot, text in (("subject", "{platform} at {organisation}"), ("intro", "One.\n\nTwo <b>")):
        keep_text(organisation=organisation, language="en", slot=slot, text=text, now=timezone.now())
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    deliver_due()
    mail = sent()[0]
    assert mail["Subject"] == "LinkedIn at Acme"
    assert "Two <b>" in parts(mail)[0]
    assert "Two &lt;b&gt;" in parts(mail)[1]
    keep_text(organisation=organisation, language="en", slot="subject", text="", now=timezone.now())
    Message.objects.update(state="queued")
    deliver_due()
    assert sent()[0]["Subject"] == "Your choice: LinkedIn and your data"


@pytest.mark.parametrize(
    ("slot", "text", "why"),
    [
        ("subject", "Hello {name}", "is not known"),
        ("subject", "one\ntwo", "one line"),
        ("subject", "x" * 121, "at most 120"),
        ("intro", "{organisation.__class__}", "is not known"),
        ("closing", f"see {LINK}", "need for ourselves"),
    ],
)
def test_words_that_cannot_be_used_are_refused(slot: str, text: str, why: str) -> None:
    with pytest.raises(BadText, match=why):
        checked(slot, text)


def test_braces_that_mean_nothing_stay() -> None:
    assert filled("{organisation} {unknown} {}", {"organisation": "Acme"}) == "Acme {unknown} {}"


def test_the_text_part_is_made_of_the_html() -> None:
    html = '<html lang="de"><p>A <strong>B</strong> c</p><ol><li>one</li><li>two</li></ol><p><a href="https://x.example">Go</a></p></html>'
    assert text_of(html) == "A „B“ c\n\n1. one\n2. two\n\nGo\nhttps://x.example\n"
