"""A mailbox that bounces go to, by IMAP or POP3. What has been read is deleted; what could not be read stays."""

import imaplib
import logging
import poplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.db import DatabaseError

logger = logging.getLogger(__name__)
Take = Callable[[bytes], object]
MOST = 500  # mails of one visit
TIMEOUT = 30.0  # seconds


class MailboxAway(Exception):
    """The mailbox cannot be read; the message says why."""


@dataclass(frozen=True)
class Mailbox:
    scheme: str  # imap, imaps, pop3, pop3s
    host: str
    port: int
    user: str
    password: str
    folder: str


_PORTS = {"imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995}


def parse_mailbox(url: str) -> Mailbox:
    """`imaps://user:password@host/INBOX`. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("BOUNCE_MAILBOX_URL must look like imaps://user:password@host/INBOX (or imap, pop3, pop3s).")
    return Mailbox(
        parts.scheme,
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        unquote(parts.path.strip("/")) or "INBOX",
    )


def empty(mailbox: Mailbox, take: Take) -> int:
    """Hands each mail to `take`, then deletes it; returns how many. Raises MailboxAway.

    A mail whose `take` raises stays; the others go on. Without a database nothing does."""
    try:
        return (_empty_imap if mailbox.scheme.startswith("imap") else _empty_pop)(mailbox, take)
    except (imaplib.IMAP4.error, poplib.error_proto, OSError) as error:
        raise MailboxAway(f"The bounce mailbox at {mailbox.host} cannot be read: {error}") from None


def _taken(take: Take, content: bytes) -> bool:
    try:
        take(content)
    except DatabaseError:
        raise
    except Exception:  # broad: one mail that cannot be taken must not keep back those behind it
        logger.exception("A mail in the bounce mailbox could not be taken, and stays there.")
        return False
    return True


def look_at(mailbox: Mailbox) -> int:
    """How many mails wait; none is touched. Raises MailboxAway."""
    try:
        if mailbox.scheme.startswith("imap"):
            with _imap(mailbox) as box:
                said, found = box.select(f'"{mailbox.folder}"', readonly=True)
                if said != "OK":
                    raise MailboxAway(f"There is no folder {mailbox.folder} in the bounce mailbox.")
                return int(found[0] or 0)
        with _pop(mailbox) as pop:
            return pop.stat()[0]
    except (imaplib.IMAP4.error, poplib.error_proto, OSError) as error:
        raise MailboxAway(f"The bounce mailbox at {mailbox.host} cannot be read: {error}") from None


@contextmanager
def _imap(mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
    context = ssl.create_default_context()
    box: imaplib.IMAP4
    if mailbox.scheme == "imaps":
        box = imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=TIMEOUT)
    else:
        box = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=TIMEOUT)
        if "STARTTLS" in box.capabilities:
            box.starttls(context)
    try:
        box.login(mailbox.user, mailbox.password)
        yield box
    finally:
        box.logout()


def _empty_imap(mailbox: Mailbox, take: Take) -> int:
    done = 0
    with _imap(mailbox) as box:
        said, _ = box.select(f'"{mailbox.folder}"')
        if said != "OK":
            raise MailboxAway(f"There is no folder {mailbox.folder} in the bounce mailbox.")
        _, found = box.uid("SEARCH", "UNDELETED")
        for uid in (found[0] or b"").split()[:MOST]:
            _, parts = box.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
            content = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if content is None:
                continue
            if not _taken(take, content):
                continue
            box.uid("STORE", uid.decode(), "+FLAGS", "(\\Deleted)")
            done += 1
        if done:
            box.expunge()
    return done


@contextmanager
def _pop(mailbox: Mailbox) -> Iterator[poplib.POP3]:
    box: poplib.POP3
    if mailbox.scheme == "pop3s":
        box = poplib.POP3_SSL(mailbox.host, mailbox.port, timeout=TIMEOUT, context=ssl.create_default_context())
    else:
        box = poplib.POP3(mailbox.host, mailbox.port, timeout=TIMEOUT)
    try:
        box.user(mailbox.user)
        box.pass_(mailbox.password)
        yield box
    finally:
        box.quit()


def _empty_pop(mailbox: Mailbox, take: Take) -> int:
    done = 0
    with _pop(mailbox) as box:
        for number in range(1, min(box.stat()[0], MOST) + 1):
            _, lines, _ = box.retr(number)
            if not _taken(take, b"\r\n".join(lines) + b"\r\n"):
                continue
            box.dele(number)
            done += 1
    return done
