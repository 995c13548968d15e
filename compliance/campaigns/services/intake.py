"""Reports about our mails come in: from a bounce mailbox, a pipe, or a sending service."""

import hashlib
import re
from datetime import datetime
from uuid import UUID

from django.conf import settings

from compliance.campaigns.gateways.returned import read_return
from compliance.campaigns.rules import return_token, same
from compliance.campaigns.rules.bounces import Returned
from compliance.campaigns.services.returns import record_return

_SIGNED = re.compile(r"\+([0-9a-f]{32})\.([a-z2-7]{20})@", re.IGNORECASE)


def take_report(content: bytes, *, now: datetime) -> str:
    """One mail of the bounce mailbox; says in a word what it was: its kind, `forged`, or `old` for one
    that has been counted or whose mail is gone.

    A report counts only when it came to an address that we signed: anybody can write a bounce, and nobody else can
    write that address. Whom it names, and which mail it claims to return, is not believed."""
    read = read_return(content)
    message = next((found for address in read.to if (found := signed_message(address))), None)
    if message is None:
        return "forged"
    if read.returned.kind == "other":
        return "other"
    key = hashlib.sha256(content).hexdigest()
    return read.returned.kind if record_return(public_id=message, key=key, returned=read.returned, now=now) else "old"


def signed_message(address: str) -> UUID | None:
    """The mail that a return path of ours is for; None where the signature is not ours."""
    found = _SIGNED.search(address)
    if not found:
        return None
    message = found[1].lower()
    for key in settings.LINK_KEYS.values():
        if same(return_token(key, message), found[2].lower()):
            return UUID(message)
    return None


_EVENTS = {
    "bounced": "hard",
    "rejected": "blocked",
    "failed": "blocked",
    "deferred": "delayed",
    "complained": "complaint",
}


def take_event(*, kind: str, reject: str, reference: str, event_id: str, detail: str, now: datetime) -> bool:
    """One event of a sending service, which django-anymail has verified. `kind` and `reject` are its words."""
    known = _EVENTS.get(kind)
    if known == "hard" and reject not in {"bounced", "invalid"}:
        known = {"blocked": "blocked", "spam": "complaint", "unsubscribed": "complaint", "timed_out": "soft"}.get(
            reject, "soft"
        )
    try:
        message = UUID(reference)
    except ValueError:
        return False
    if known is None:
        return False
    key = hashlib.sha256(f"{event_id}:{kind}".encode()).hexdigest()
    return record_return(public_id=message, key=key, returned=Returned(known, "", "", detail[:400]), now=now)
