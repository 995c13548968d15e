"""Reads a mail that came back: which of ours it is about, and what it says. Standard parts first (RFC 3464, RFC 5965),
then flufl.bounce's knowledge of older formats, then the words."""

import email
import re
from dataclasses import dataclass
from email import policy
from email.message import Message

from flufl.bounce import all_failures

from compliance.campaigns.rules.bounces import Report, Returned, classify

LONGEST = 400_000  # bytes that are looked at; what a server adds after that is our own mail
_READ = "message/disposition-notification"
_QUOTING = {
    _READ, "message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global",
    "message/global-headers",
}  # fmt: skip
_ADDRESS = re.compile(r"[^\s<>;,:\"()\[\]]+@[^\s<>;,:\"()\[\]]+")
_MESSAGE_ID = re.compile(r"^\s*(?:original-)?message-id:\s*<([^>\s]+)>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class ReadReturn:
    """`to` holds the addresses that the report went to; `original` the Message-ID of the mail it returns, or ""."""

    returned: Returned
    to: tuple[str, ...]
    original: str


def read_return(content: bytes) -> ReadReturn:
    """Never raises for what a stranger sends: what cannot be understood is of the kind `other`."""
    try:
        return _read(content.replace(b"\0", b""))
    except Exception:  # noqa: BLE001  # broad: strange charsets, endless nesting; nothing of it may stop the others
        return ReadReturn(Returned("other"), (), "")


def _read(content: bytes) -> ReadReturn:
    mail = email.message_from_bytes(content[:LONGEST], policy=policy.compat32)
    parts = [part for part in mail.walk() if not part.is_multipart() or part.get_content_type().startswith("message/")]
    texts = [_text(part) for part in parts if part.get_content_type() in {"text/plain", "text/html"}]
    statuses = [block for part in parts for block in _status_blocks(part)]
    original = _original(mail, parts)
    report = Report(
        headers=_headers(mail),
        kinds=tuple(part.get_content_type() for part in mail.walk()),
        texts=tuple(texts) or (_text(mail),),
        statuses=tuple(statuses),
        returned_to=_returned_to(parts, texts),
        elsewhere=_elsewhere(mail),
    )
    to = [value for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To") for value in mail.get_all(name, [])]
    return ReadReturn(classify(report), tuple(_ADDRESS.findall(" ".join(map(str, to)))), original)


def _headers(mail: Message) -> dict[str, str]:
    """Lower-case names; of several of a name the first."""
    found: dict[str, str] = {}
    for name, value in mail.items():
        found.setdefault(name.lower(), _decoded(value))
    return found


def _decoded(value: object) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(str(value))))
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return str(value)


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload() or "")
    charset = part.get_content_charset() or "utf-8"
    try:
        text = payload.decode(charset, errors="replace")
    except LookupError:
        text = payload.decode("latin-1")
    if part.get_content_type() == "text/html":
        text = re.sub(r"(?is)<(style|script).*?</\1>", " ", text)
        text = re.sub(r"<[^>]+>", " ", text)
    return text


def _status_blocks(part: Message) -> list[dict[str, str]]:
    """The fields of each recipient in a delivery status, however it is encoded."""
    if part.get_content_type() not in {"message/delivery-status", "message/global-delivery-status",
                                       "message/feedback-report", "message/disposition-notification"}:  # fmt: skip
        return []
    payload = part.get_payload()
    if isinstance(payload, list) and not part.get("Content-Transfer-Encoding", "").lower().startswith(("base", "quot")):
        blocks = [_fields(block) for block in payload]
        if any(blocks):
            return [block for block in blocks if block]
    raw = _raw(part)
    return [
        fields
        for block in re.split(r"\n\s*\n", raw)
        if (fields := _fields(email.message_from_string(block.strip(), policy=policy.compat32)))
    ]


def _raw(part: Message) -> str:
    """A part's text with its transfer encoding undone, which the parser does not do for messages."""
    inner = part.get_payload()
    text = "\n".join(str(block.as_string() if isinstance(block, Message) else block) for block in inner) if isinstance(
        inner, list
    ) else str(inner)  # fmt: skip
    carrier = Message()
    carrier["Content-Transfer-Encoding"] = part.get("Content-Transfer-Encoding", "8bit")
    carrier.set_payload(text.strip())
    decoded = carrier.get_payload(decode=True)
    return (decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else text).replace("\r\n", "\n")


def _fields(block: object) -> dict[str, str]:
    if not isinstance(block, Message):
        return {}
    return {name.lower(): " ".join(_decoded(value).split()) for name, value in block.items()}


def _original(mail: Message, parts: list[Message]) -> str:
    """The Message-ID of the returned mail, from its headers or from a body that quotes them."""
    for part in parts:
        if part.get_content_type() in _QUOTING and (found := _MESSAGE_ID.search(_raw(part))):
            return found[1]
    for part in parts:
        if part.get_content_maintype() == "text" and (found := _MESSAGE_ID.search(_text(part))):
            return found[1]
    return ""


def _returned_to(parts: list[Message], texts: list[str]) -> str:
    """Whom the returned mail was for."""
    quoted = [_raw(part) for part in parts if part.get_content_type() in _QUOTING - {_READ}]
    for text in (*quoted, *texts):
        if found := re.search(r"^\s*To:\s*(?:[^\n]*<)?([^\s<>@]+@[^\s<>]+)", text, re.IGNORECASE | re.MULTILINE):
            return found[1].strip(" ;,>").lower()
    return ""


def _elsewhere(mail: Message) -> tuple[str, ...]:
    """Failed addresses that flufl.bounce finds in formats without a delivery status."""
    try:
        return tuple(
            sorted(address.decode("ascii", "replace").lower() for kind in all_failures(mail) for address in kind)
        )
    except Exception:  # noqa: BLE001  # broad: a detector that trips over a stranger's mail has found nothing
        return ()
