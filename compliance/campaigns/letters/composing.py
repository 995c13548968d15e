"""From a decision to a mail: the words of one letter, once for everybody who gets the same, and its filling."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from compliance.campaigns.letters.plain import text_of
from compliance.campaigns.letters.slots import CLOSING, INTRO, SUBJECT, filled, paragraphs
from compliance.campaigns.letters.words import Ask, asks_of
from compliance.campaigns.models import AttestationRequest, Campaign
from compliance.campaigns.rules import ASKED_FOR, MessageKind, return_token
from compliance.campaigns.rules.skeleton import LINK, NAME, STOP, Skeleton, body, shown
from compliance.catalogue.wording import long_date
from employees.names import country_name

Texts = Mapping[tuple[str, str], str]  # (language, slot) → the organisation's own words


class Occasion(NamedTuple):
    """What makes two people's letters the same, apart from their names and links."""

    kind: str
    step: int
    country: str
    language: str
    last_day: date
    claimed: bool  # the country is what they told us, not what the roster says


class Reminder(NamedTuple):
    number: int
    last: bool


@dataclass(frozen=True)
class Words:
    """A letter with gaps. `sha256` is over language, subject, text and HTML."""

    language: str
    subject: str
    text: str
    html: str

    @property
    def sha256(self) -> str:
        whole = "\0".join((self.language, self.subject, self.text, self.html))
        return hashlib.sha256(whole.encode()).hexdigest()


@dataclass(frozen=True)
class ShownMail:
    """A mail as a person reads it."""

    subject: str
    text: str
    html: str


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _subject(asks: Sequence[Ask]) -> str:
    platforms = list(dict.fromkeys(ask.platform for ask in asks))
    if len(platforms) == 1:
        return _("Your choice: %(platform)s and your data") % {"platform": platforms[0]}
    return _("Your choices: platforms and your data")


def heading_of(asks: Sequence[Ask]) -> str:
    if len(asks) == 1:
        return _("%(headline)s. You can say no.") % {"headline": asks[0].headline}
    return _("What platforms do with your data, and how you can say no")


def write_words(campaign: Campaign, occasion: Occasion, requests: Sequence[AttestationRequest], texts: Texts) -> Words:
    """The letter in the occasion's language; the same words for the same arguments."""
    organisation, language = campaign.organisation, occasion.language
    with translation.override(language):
        asks = asks_of(requests, occasion.country, language)
        variables = {
            "organisation": organisation.name,
            "platform": ", ".join(dict.fromkeys(ask.platform for ask in asks)),
            "last_day": long_date(occasion.last_day),
            "contact": organisation.contact_email,
        }
        own = {slot: filled(texts.get((language, slot), ""), variables) for slot in (SUBJECT, INTRO, CLOSING)}
        subject = " ".join((own[SUBJECT] or _subject(asks)).split())
        reminds = occasion.kind == MessageKind.REMINDER
        if reminds:
            subject = _("Reminder: %(subject)s") % {"subject": subject}
        elif occasion.kind == MessageKind.LINK:
            subject = _("Your new link: %(subject)s") % {"subject": subject}
        html = render_to_string(
            "mail/letter.html",
            {
                "organisation": organisation,
                "campaign": campaign,
                "language": language,
                "subject": subject,
                "heading": heading_of(asks),
                "name": NAME,
                "intro": paragraphs(own[INTRO]),
                "closing": paragraphs(own[CLOSING]),
                "asks": asks,
                "informs_only": all(ask.informs_only for ask in asks),
                "can_stop": campaign.reminders > 0 and occasion.kind not in ASKED_FOR,
                "new_link": occasion.kind == MessageKind.LINK,
                "reminder": Reminder(occasion.step, occasion.step >= campaign.reminders) if reminds else None,
                "country": country_name(occasion.country, language),
                "claimed": occasion.claimed,
                "last_day": occasion.last_day,
                "link": LINK,
                "stop": STOP,
            },
        )
    return Words(language, subject[:250], text_of(html), squeezed_inline(html))


def squeezed_inline(html: str) -> str:
    """With its style inlined, and without the template's indentation: nobody reads it, and everybody would get it."""
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"(?m)^[ \t]+", "", _inliner().inline(html)))


def fill_words(words: Words, *, name: str, link: str, stop: str) -> ShownMail:
    """The letter as this person reads it."""
    values = {NAME: name, LINK: link, STOP: stop}
    return ShownMail(
        words.subject, shown(words.text, values, escaped=False), shown(words.html, values, escaped=True)
    )  # fmt: skip


# --- From words to bytes --------------------------------------------------------------------------------------------


def sender_address() -> str:
    """The bare address of DEFAULT_FROM_EMAIL, which may carry a name."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def skeleton_of(words: Words, campaign: Campaign) -> Skeleton:
    """Everything of the mail that is the same for all its readers, encoded."""
    organisation = campaign.organisation
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = formataddr((organisation.name, sender_address()))
    mail["Reply-To"] = organisation.contact_email
    mail["Subject"] = words.subject
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply, RN, NRN"
    mail["Precedence"] = "list"
    mail["List-Id"] = f"<campaign-{campaign.pk}.{organisation.slug}.{settings.MAIL_DOMAIN}>"
    mail["Content-Language"] = words.language
    mail["MIME-Version"] = "1.0"
    headers = mail.as_bytes().partition(b"\r\n\r\n")[0] + b"\r\n"
    return Skeleton(headers, body(words.text), body(words.html))


_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def writable(address: str) -> bool:
    """Whether a mail can go there: one plain address, and nothing that would break out of its line."""
    return bool(_ADDRESS.fullmatch(address)) and len(address) <= 254


def own_headers(
    *, to: str, at: datetime, public_id: UUID, answers_to: UUID | None, stop: str, date_cache: dict[int, str]
) -> bytes:
    """The headers that differ from mail to mail. Raises ValueError for an address that would break out of its line."""
    if not writable(to):
        raise ValueError("not an address")
    second = int(at.timestamp())
    if second not in date_cache:
        date_cache.clear()
        date_cache[second] = format_datetime(at)
    lines = [
        f"To: {to}",
        f"Date: {date_cache[second]}",
        f"Message-ID: <{public_id}@{settings.MAIL_DOMAIN}>",
    ]
    if answers_to:
        lines += [f"{name}: <{answers_to}@{settings.MAIL_DOMAIN}>" for name in ("In-Reply-To", "References")]
    if stop:
        lines += [f"List-Unsubscribe:\r\n <{stop}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def return_path(public_id: UUID) -> str:
    """Where bounces of a mail go: an address that names the mail and proves that we made it, or just the sender."""
    local, _at, domain = settings.BOUNCE_ADDRESS.partition("@")
    if not domain:
        return sender_address()
    token = return_token(settings.LINK_KEYS[max(settings.LINK_KEYS)], public_id.hex)
    return f"{local}+{public_id.hex}.{token}@{domain}"
