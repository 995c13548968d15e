"""SMTP for many mails: one connection kept open, commands pipelined where the server offers it (RFC 2920).

The standard library connects, speaks TLS and signs in; the transactions are our own, since it can neither pipeline nor
say how far a mail had come when a connection broke.
"""

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings

from compliance.campaigns.gateways.mail import OutgoingMail
from compliance.campaigns.rules import Delivery, Verdict, refusal

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_LONGEST_LINE = 4096

Done = Callable[[OutgoingMail, Delivery], None]


class Unreached(Exception):
    """The server was not there, or did not speak as it must."""


class LockedOut(Exception):
    """The server does not take our name and password."""


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    user: str
    password: str
    starttls: bool
    ssl: bool
    timeout: float  # seconds


def configured_server() -> Server:
    """The server of EMAIL_URL."""
    return Server(
        settings.EMAIL_HOST,
        settings.EMAIL_PORT,
        settings.EMAIL_HOST_USER or "",
        settings.EMAIL_HOST_PASSWORD or "",
        getattr(settings, "EMAIL_USE_TLS", False),
        getattr(settings, "EMAIL_USE_SSL", False),
        settings.EMAIL_TIMEOUT,
    )


def without_addresses(text: str) -> str:
    """The server's words without addresses: they are kept and shown."""
    return _ADDRESS.sub("[address]", " ".join(text.split()))[:400]


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        return without_addresses(f"{error.smtp_code} {raw.decode(errors='replace') if isinstance(raw, bytes) else raw}")
    return without_addresses(str(error) or type(error).__name__)


class _Lost(Exception):
    """The connection broke."""


@dataclass
class Reply:
    code: int
    text: str

    @property
    def good(self) -> bool:
        return 200 <= self.code < 300

    @property
    def delivery(self) -> Delivery:
        if self.good:
            return Delivery(Verdict.ACCEPTED, without_addresses(self.text))
        return Delivery(refusal(self.code, self.text), without_addresses(f"{self.code} {self.text}"))


def _connected(server: Server) -> smtplib.SMTP:
    if server.ssl:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=server.timeout)


def _introduced(smtp: smtplib.SMTP, server: Server) -> None:
    """EHLO, TLS, and the password."""
    smtp.ehlo()
    if server.starttls:
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo()
    if server.user:
        smtp.login(server.user, server.password)


class Connection:
    """One connection to a server, opened when it is first needed and again after it was lost."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.waited = 0.0  # seconds spent on the server's replies
        self.sent = 0
        self._smtp: smtplib.SMTP | None = None
        self._file: BinaryIO | None = None
        self._pipelining = False

    def open(self) -> None:
        """Raises Unreached or LockedOut."""
        if self._smtp is not None:
            return
        try:
            smtp = _connected(self.server)
        except (smtplib.SMTPException, OSError) as error:
            raise Unreached(_words(error)) from None
        try:
            _introduced(smtp, self.server)
        except smtplib.SMTPAuthenticationError as error:
            smtp.close()
            raise LockedOut(_words(error)) from None
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            raise Unreached(_words(error)) from None
        assert smtp.sock is not None
        self._smtp, self._pipelining, self._file = smtp, smtp.has_extn("pipelining"), smtp.sock.makefile("rb")

    def close(self) -> None:
        smtp, file, self._smtp, self._file = self._smtp, self._file, None, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()
        finally:
            if file:
                file.close()

    def _abandon(self) -> None:
        """Closes without a word: the connection is no good any more."""
        smtp, file, self._smtp, self._file = self._smtp, self._file, None, None
        if file:
            file.close()
        if smtp:
            smtp.close()

    def send_all(self, mails: Iterator[OutgoingMail], done: Done) -> None:
        """Sends until `mails` has no more; every mail taken gets exactly one `done`. A lost connection is opened again.

        Raises Unreached or LockedOut when none can be opened; a mail taken by then is reported as unreached."""
        taken: OutgoingMail | None = None
        while True:
            if self._smtp is None:  # not before there is something to send
                taken = taken or next(mails, None)
                if taken is None:
                    return
                try:
                    self.open()
                except Unreached as error:
                    done(taken, Delivery(Verdict.UNREACHED, f"No connection to the mail server: {error}"))
                    raise
                except LockedOut as error:
                    done(taken, Delivery(Verdict.LOCKED_OUT, f"The mail server does not take our password: {error}"))
                    raise
            try:
                taken = self._stream(taken, mails, done)
            except BaseException:
                self._abandon()
                raise
            if taken is None and self._smtp is not None:
                return

    def _stream(self, first: OutgoingMail | None, mails: Iterator[OutgoingMail], done: Done) -> OutgoingMail | None:
        """Sends over the open connection; returns a mail that has not been handed over when the connection broke."""
        current = first or next(mails, None)
        begun, went = False, 0  # whether the current mail's envelope went out with the body before; mails that went
        while current is not None:
            following, handed_over = None, False
            try:
                if not begun:
                    self._begin(current)
                refused = self._envelope(current, begun)
                if refused:
                    begun, delivery = False, refused
                else:
                    if self._pipelining:
                        following = next(mails, None)
                    handed_over = True
                    self._write(_stuffed(current.content) + (_envelope(following) if following else b""))
                    begun, reply = following is not None, self._reply()
                    delivery = (
                        Delivery(Verdict.ACCEPTED, without_addresses(reply.text)) if reply.good else reply.delivery
                    )
            except (_Lost, OSError) as error:
                self._abandon()
                if handed_over:
                    words = f"The connection was lost before the server confirmed: {_words(error)}"
                    done(current, Delivery(Verdict.UNKNOWN, words))
                    return following
                if current is first and not went:  # over a new connection: this server does not want to talk
                    done(current, Delivery(Verdict.LATER, f"The connection was lost: {_words(error)}"))
                    return None
                return current
            self.sent += 1
            went += 1
            done(current, delivery)
            if delivery.verdict is Verdict.LATER and delivery.detail.startswith("421"):
                self._abandon()
                return following
            current = following if begun else (following or next(mails, None))
        return None

    def _begin(self, mail: OutgoingMail) -> None:
        if self._pipelining:
            self._write(_envelope(mail))

    def _envelope(self, mail: OutgoingMail, begun: bool) -> Delivery | None:
        """Reads (or asks for) the replies to MAIL, RCPT and DATA; what refuses the mail, or None."""
        if self._pipelining:
            replies = [self._reply(), self._reply(), self._reply()]
        else:
            replies = []
            for command in _envelope(mail).splitlines(keepends=True):
                self._write(command)
                replies.append(self._reply())
                if not (replies[-1].good or replies[-1].code == 354):
                    break
        bad = next((reply for reply in replies if not (reply.good or reply.code == 354)), None)
        if bad is None:
            return None
        if replies[-1].code == 354:  # the server waits for a mail to nobody
            self._write(b".\r\n")
            self._reply()
        if bad.code != 421:
            self._write(b"RSET\r\n")
            self._reply()
        return bad.delivery

    def _write(self, data: bytes) -> None:
        smtp = self._smtp
        if smtp is None or smtp.sock is None:
            raise _Lost("closed")
        smtp.sock.sendall(data)

    def _reply(self) -> Reply:
        """One reply, its lines joined (RFC 5321, 4.2)."""
        assert self._file is not None
        start, lines = time.perf_counter(), []
        while True:
            line = self._file.readline(_LONGEST_LINE)
            if not line:
                raise _Lost("the server closed it")
            if not line[:3].isdigit():
                raise _Lost("the server does not speak SMTP")
            lines.append(line[4:].decode(errors="replace").strip())
            if line[3:4] != b"-":
                self.waited += time.perf_counter() - start
                return Reply(int(line[:3]), " ".join(lines))


def _envelope(mail: OutgoingMail) -> bytes:
    return f"MAIL FROM:<{mail.sender}>\r\nRCPT TO:<{mail.to}>\r\nDATA\r\n".encode("ascii")


def _stuffed(content: bytes) -> bytes:
    """With dots doubled at the beginning of lines, and the end (RFC 5321, 4.5.2). `content` ends its last line."""
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\r\n.", b"\r\n..") + b".\r\n"
