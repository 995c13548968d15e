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
    return binascii.b2a_qp(lines, quotetabs=False, istext=True, header=False)


def _plain(value: bytes) -> bool:
    return value.isalnum() or value.replace(b"-", b"").replace(b"_", b"").isalnum()


def _filled(value: bytes) -> bytes:
    """One line's value on lines of its own."""
    if len(value) <= _WIDTH and _plain(value):
        return _SOFT + value + _SOFT
    return _SOFT + binascii.b2a_qp(value, quotetabs=True, istext=True, header=False).replace(b"\n", b"\r\n") + _SOFT


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
