"""A mail with gaps: everything but what differs from person to person is encoded once. Standard library only.

A gap is a word of `GAPS` in the finished text or HTML. Filled, it stands between two soft line breaks (RFC 2045, 6.7),
so that whatever fills it never meets the encoding of its surroundings.
"""

import binascii
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

LINK, STOP, NAME = "xGAPxLINKx", "xGAPxSTOPx", "xGAPxNAMEx"
GAPS = (LINK, STOP, NAME)
_SPLIT = re.compile(b"(" + "|".join(GAPS).encode() + b")")
_SOFT = b"=\r\n"
_WIDTH = 72


def quoted_printable(text: str) -> bytes:
    """A body or a part of one as quoted-printable with CRLF lines."""
    lines = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    return _encoded(lines, tabs=False)


def _encoded(data: bytes, *, tabs: bool) -> bytes:
    """Quoted-printable whose soft breaks are CRLF too: the library takes bare line feeds where it sees no CRLF."""
    encoded = binascii.b2a_qp(data, quotetabs=tabs, istext=True, header=False)
    return re.sub(rb"(?<!\r)\n", b"\r\n", encoded)


def _plain(value: bytes) -> bool:
    return value.isalnum() or value.replace(b"-", b"").replace(b"_", b"").isalnum()


def _filled(value: bytes) -> bytes:
    """One line's value on lines of its own."""
    if len(value) <= _WIDTH and _plain(value):
        return _SOFT + value + _SOFT
    return _SOFT + _with_room(_encoded(value, tabs=True)) + _SOFT


def _with_room(encoded: bytes) -> bytes:
    """The same with room for a soft break at the end of its last line, which may have 76 columns with it."""
    head, end, last = encoded.rpartition(b"\r\n")
    if len(last) <= 75:
        return encoded
    cut = 70
    while b"=" in last[cut - 2 : cut]:  # not within an escaped byte
        cut -= 1
    return head + end + last[:cut] + _SOFT + last[cut:]


@dataclass(frozen=True, slots=True)
class Body:
    """An encoded body: every other piece is the name of a gap."""

    pieces: tuple[bytes, ...]

    def fill(self, values: Mapping[bytes, bytes]) -> bytes:
        pieces = list(self.pieces)
        pieces[1::2] = [values[name] for name in pieces[1::2]]
        return b"".join(pieces)


def body(text: str) -> Body:
    """Raises nothing: any text can be a body."""
    pieces = _SPLIT.split(text.encode())
    pieces[::2] = [quoted_printable(piece.decode()) for piece in pieces[::2]]
    pieces[:-1:2] = [_with_room(piece) for piece in pieces[:-1:2]]
    return Body(tuple(pieces))


def shown(text: str, values: Mapping[str, str], *, escaped: bool) -> str:
    """The text with its gaps filled, as a person reads it; `escaped` for HTML."""
    for name, value in values.items():
        text = text.replace(name, html.escape(value) if escaped else value)
    return text


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Headers that are the same for everybody, and the two bodies."""

    headers: bytes
    text: Body
    html: Body

    def fill(self, headers: bytes, boundary: str, values: Mapping[str, str]) -> bytes:
        """The whole mail. `headers` are the person's own, each line ended; values must be single lines."""
        plain = {name.encode(): _filled(value.encode()) for name, value in values.items()}
        marked = {name.encode(): _filled(html.escape(value).encode()) for name, value in values.items()}
        edge = boundary.encode()
        return b"".join(
            (
                headers,
                self.headers,
                b'Content-Type: multipart/alternative; boundary="', edge, b'"\r\n\r\n--', edge,
                b'\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
                self.text.fill(plain),
                b"\r\n--", edge,
                b'\r\nContent-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
                self.html.fill(marked),
                b"\r\n--", edge, b"--\r\n",
            )
        )  # fmt: skip
