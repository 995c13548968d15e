"""What a session knows of how and when somebody signed in, and where the request comes from."""

import time
from ipaddress import ip_address

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from organisations.models import User


def ways_in(request: HttpRequest, user: User) -> set[str]:
    """How this session was opened: `password`, `mfa`, `socialaccount`."""
    return {str(item.get("method")) for item in get_authentication_records(request, user)}


def signed_in_recently(request: HttpRequest) -> bool:
    """Whether this session's user has shown within a quarter of an hour that it is they, in whatever way."""
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.RECENT_SIGN_IN_SECONDS


_BEGUN, _SEEN = "begun_at", "seen_at"
_STEP = 60  # seconds between two writes of when somebody was last seen


def expired(session: SessionBase, now: int) -> bool:
    """Too long unused, or open for too long. A session without a beginning begins now."""
    begun, seen = session.get(_BEGUN), session.get(_SEEN)
    if begun is None or seen is None:
        session[_BEGUN] = session[_SEEN] = now
        return False
    return bool(now - seen > settings.SESSION_IDLE_SECONDS or now - begun > settings.SESSION_COOKIE_AGE)


def note_seen(session: SessionBase, now: int) -> bool:
    """Writes down that somebody is here, once a minute; whether it did."""
    if now - session[_SEEN] < _STEP:
        return False
    session[_SEEN] = now
    return True


def caller(request: HttpRequest) -> str:
    """The client's address. What a proxy says of it counts only where the proxy is one of TRUSTED_PROXIES."""
    peer, said = str(request.META.get("REMOTE_ADDR", "")), str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    for hop in reversed([part.strip() for part in said.split(",") if part.strip()]):
        if not _trusted(peer):
            break
        if not (told := _address(hop)):
            break  # the proxy that wrote this is as far as we can see
        peer = told
    return peer


def _address(hop: str) -> str:
    """The address of a hop that may carry a port, or ""."""
    bare = hop.partition("]")[0].lstrip("[") if hop.startswith("[") else hop
    bare = bare.partition(":")[0] if bare.count(":") == 1 else bare
    try:
        return str(ip_address(bare))
    except ValueError:
        return ""


def _trusted(address: str) -> bool:
    try:
        return any(ip_address(address) in each for each in settings.TRUSTED_PROXIES)
    except ValueError:
        return False
