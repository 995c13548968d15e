"""Ways out for mail: a mail server, or the local outbox."""

import os
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from compliance.campaigns.rules import Delivery, Verdict


@dataclass(frozen=True)
class OutgoingMail:
    """One mail, built and ready to go. `reference` names the outbox file."""

    reference: str
    to: str
    subject: str
    content: bytes


def sender_address() -> str:
    """The bare address of DEFAULT_FROM_EMAIL, which may carry a name."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def compose(
    *,
    reference: str,
    message_id: str,
    sender_name: str,
    to: str,
    reply_to: str,
    subject: str,
    text: str,
    html: str,
    language: str,
    at: datetime,
) -> OutgoingMail:
    """Builds the mail, the same bytes for the same arguments but for the MIME boundary.

    Raises ValueError for a value that would break out of its header.
    """
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = formataddr((sender_name, sender_address()))
    mail["To"] = to
    mail["Reply-To"] = reply_to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = language
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return OutgoingMail(reference, to, subject, mail.as_bytes())


class Transport(Protocol):
    def send(self, mail: OutgoingMail) -> Delivery: ...


class OutboxTransport:
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


_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


def _said(error: smtplib.SMTPException | OSError) -> str:
    """The server's words without addresses: they are kept and shown."""
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        text = f"{error.smtp_code} {raw.decode(errors='replace') if isinstance(raw, bytes) else raw}"
    else:
        text = str(error) or type(error).__name__
    return _ADDRESS.sub("[address]", " ".join(text.split()))


def _verdict(code: int) -> Verdict:
    return Verdict.REFUSED if 500 <= code < 600 else Verdict.LATER


class SmtpTransport:
    """One connection to the configured server, reopened when it is lost."""

    def __init__(self, backend: EmailBackend) -> None:
        self.backend = backend

    def send(self, mail: OutgoingMail) -> Delivery:
        try:
            self.backend.open()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Delivery(Verdict.UNREACHED, f"No connection to the mail server: {_said(error)}")
        connection = self.backend.connection
        assert connection is not None
        try:
            return self._transaction(connection, mail)
        except (smtplib.SMTPException, OSError) as error:  # lost before the mail was handed over
            self.close()
            return Delivery(Verdict.LATER, _said(error))

    def _transaction(self, connection: smtplib.SMTP, mail: OutgoingMail) -> Delivery:
        connection.ehlo_or_helo_if_needed()
        for code, reply in (connection.mail(sender_address()), connection.rcpt(mail.to)):
            if code not in {250, 251}:
                self._reset(connection)
                return Delivery(_verdict(code), _said(smtplib.SMTPResponseException(code, reply)))
        try:
            code, reply = connection.data(mail.content)
        except smtplib.SMTPDataError as error:  # refused at the word DATA: nothing was handed over
            self._reset(connection)
            return Delivery(_verdict(error.smtp_code), _said(error))
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.close()
            return Delivery(Verdict.UNKNOWN, f"The connection was lost before the server confirmed: {_said(error)}")
        if code == 250:
            return Delivery(Verdict.ACCEPTED, "Accepted by the mail server.")
        return Delivery(_verdict(code), _said(smtplib.SMTPResponseException(code, reply)))

    def _reset(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (smtplib.SMTPException, OSError):
            self.close()

    def close(self) -> None:
        try:
            self.backend.close()
        except (smtplib.SMTPException, OSError):
            self.backend.connection = None


@contextmanager
def transport_for(outbox_only: bool) -> Iterator[Transport]:
    """The local outbox, or the mail server of EMAIL_URL."""
    if outbox_only or not settings.EMAIL_URL:
        yield OutboxTransport(settings.OUTBOX_DIR)
        return
    smtp = SmtpTransport(EmailBackend())
    try:
        yield smtp
    finally:
        smtp.close()


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
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    parts = {
        kind: part.get_content() if (part := mail.get_body((kind,))) is not None else "" for kind in ("plain", "html")
    }
    shown = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")
    return ReadMail([(name, str(mail[name])) for name in shown if mail[name]], parts["plain"], parts["html"])
