"""The local outbox: mails as files, to be looked at."""

import os
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings

from compliance.campaigns.gateways.mail import OutgoingMail
from compliance.campaigns.rules import Delivery, Verdict


class Outbox:
    """Writes `var/outbox/<reference>.eml`. Sending twice writes the same file: a retry cannot make a second mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, mail: OutgoingMail) -> Delivery:
        path = self.folder / f"{mail.reference}.eml"
        draft = path.with_suffix(f".{os.getpid()}.part")
        draft.write_bytes(mail.content)
        draft.replace(path)
        return Delivery(Verdict.ACCEPTED, "Written to the local outbox.")


@dataclass(frozen=True)
class ReadMail:
    """A mail of the outbox as a person reads it."""

    headers: list[tuple[str, str]]
    text: str
    html: str


def read_outbox(reference: str) -> ReadMail | None:
    """The mail in the local outbox, or None when it is not there."""
    path: Path = settings.OUTBOX_DIR / f"{reference}.eml"
    if not path.is_file():
        return None
    return read_mail(path.read_bytes())


def read_mail(content: bytes) -> ReadMail:
    """A multipart mail's headers for people, and both its bodies."""
    mail = message_from_bytes(content, policy=policy.default)
    parts = {
        kind: part.get_content() if (part := mail.get_body((kind,))) is not None else "" for kind in ("plain", "html")
    }
    shown = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")
    return ReadMail([(name, str(mail[name])) for name in shown if mail[name]], parts["plain"], parts["html"])
