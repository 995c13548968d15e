"""The staff's part of the demo: some of the invented people open the link in their mail and answer, over HTTP."""

import hashlib
import re
from email import message_from_bytes, policy
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from django.conf import settings

from compliance.campaigns.models import Message
from compliance.campaigns.rules import MessageState
from compliance.catalogue.rules import CollectionMode

SHARE = 0.7
# Invented, like the people: how the answers of those who answer are spread.
_SPREAD = (
    ("switched_off_now", 52),
    ("already_off", 14),
    ("no_account", 10),
    ("left_on", 10),
    ("prefer_not_to_say", 5),
    ("not_visible", 5),
    ("need_help", 4),
)
_LINK = re.compile(r"https?://\S+/l/([A-Za-z0-9_-]{43})")
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_CHOICE = re.compile(r'name="(answer-\d+)"')


def _draw(address: str, what: str) -> int:
    """0 to 99, the same for the same person every time."""
    return int.from_bytes(hashlib.sha256(f"{what}:{address}".encode()).digest()[:4], "big") % 100


def chosen_answer(address: str) -> str:
    number = _draw(address, "answer")
    for answer, weight in _SPREAD:
        if number < weight:
            return answer
        number -= weight
    raise AssertionError("the spread does not add up to 100")


def answers(address: str) -> bool:
    """Whether this invented person answers at all."""
    return _draw(address, "answers") < SHARE * 100


def mails_to_answer(campaign_id: int) -> list[Path]:
    """The mails of people who are asked, answer, and have not yet."""
    rows = (
        Message.objects.filter(
            invitation__campaign=campaign_id,
            state=MessageState.SENT,
            invitation__requests__answer="",
            invitation__requests__collection_mode=CollectionMode.NAMED,
        )
        .order_by("id")
        .values_list("public_id", "invitation__employee__email")
        .distinct()
    )
    return [settings.OUTBOX_DIR / f"{public_id}.eml" for public_id, address in rows if answers(address)]


def _read(path: Path) -> tuple[str, str]:
    """(address, token) of a mail in the outbox."""
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    found = _LINK.search(body.get_content() if body else "")
    if found is None:
        raise ValueError(f"{path.name} has no personal link")
    return str(mail["To"]), found[1]


def answer(path: Path, base_url: str) -> None:
    """Opens the link, reads the form, chooses and sends, as a browser would."""
    address, token = _read(path)
    browser: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{base_url}/l/{token}", timeout=30) as response:
        page, html = response.url, response.read().decode()
    form = dict(_HIDDEN.findall(html)) | dict.fromkeys(_CHOICE.findall(html), chosen_answer(address))
    with browser.open(page, data=urlencode(form).encode(), timeout=30) as response:
        if not urlsplit(response.url).path.endswith("/thanks/"):
            raise ValueError(f"the answer to {path.name} was not taken")


def example_link(campaign_id: int, base_url: str) -> str:
    """A link nobody has used yet, for the person at the terminal."""
    rows = Message.objects.filter(invitation__campaign=campaign_id, state=MessageState.SENT)
    fresh = rows.filter(invitation__requests__answer="", invitation__requests__collection_mode=CollectionMode.NAMED)
    message = fresh.order_by("id").first() or rows.order_by("id").first()
    if message is None:
        return "none: no mail was sent"
    return f"{base_url}/l/{_read(settings.OUTBOX_DIR / f'{message.public_id}.eml')[1]}"
