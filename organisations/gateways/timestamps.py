"""An outside authority's word for when something was there (RFC 3161)."""

from http.client import HTTPException
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from rfc3161_client import PKIStatus, TimestampRequestBuilder, decode_timestamp_response

TIMEOUT = 20.0
MOST = 100_000  # bytes of a reply; with certificates they have a few thousand


class NotStamped(Exception):
    """The authority did not stamp it; the message says why."""


def timestamp(content: bytes, url: str) -> bytes:
    """The authority's reply (DER) over `content`, of which it sees the SHA-512 only. Raises NotStamped.

    The authority's signature is not judged here: an auditor does that, with the authority's certificate.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise NotStamped("TIMESTAMP_URL is not a web address.")
    asked = TimestampRequestBuilder().data(content).build()
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with urlopen(Request(url, asked.as_bytes(), headers), timeout=TIMEOUT) as answer:  # noqa: S310 - checked above
            reply: bytes = answer.read(MOST)
        read = decode_timestamp_response(reply)
        if PKIStatus(read.status) not in {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}:
            raise NotStamped(f"The authority refused: {', '.join(read.status_string) or PKIStatus(read.status).name}")
        same = read.tst_info.message_imprint.message == asked.message_imprint.message
        if not same or read.tst_info.nonce != asked.nonce:
            raise NotStamped("The authority stamped something else.")
    except (OSError, HTTPException, ValueError) as error:
        raise NotStamped(f"{type(error).__name__}: {error}") from error
    return reply
