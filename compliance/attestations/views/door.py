"""The way in without a login: a link's token is swapped for a cookie, and every page asks the cookie who is there."""

import hashlib
import hmac
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from compliance.attestations.forms import AddressForm
from compliance.attestations.pages import languages
from compliance.attestations.queries import Visit, token_owner, visit
from compliance.campaigns.letters.words import mail_language
from compliance.campaigns.rules import token_hash
from organisations.sessions import caller

COOKIE_SECONDS = 60 * 60
_SALT = "attestations.link"
_CONFIRMED = "attestations.confirmed"
FAILURES, FAILURE_SECONDS = 60, 60  # wrong links that one address may try in so many seconds
View = Callable[..., HttpResponse]


def private(view: View) -> View:
    """No cache keeps this page, and no other host learns its address.

    Not `no-referrer`: from such a page browsers send `Origin: null` with a form, which is no origin to be trusted."""

    @wraps(view)
    def wrapped(*args: object, **kwargs: object) -> HttpResponse:
        response = view(*args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


def for_visitor(view: Callable[[HttpRequest, Visit, str], HttpResponse]) -> View:
    """A page of a living link: the view gets the visit and the language. Everybody else is told that the link is dead,
    and whoever has to confirm the address first is asked for it."""

    @private
    @wraps(view)
    def wrapped(request: HttpRequest, public_id: UUID) -> HttpResponse:
        found = _visit(request, public_id)
        if found is None:
            return gone(request)
        language = language_of(request, found)
        if found.confirm_address and not is_confirmed(request, found):
            response = redirect("link-confirm", public_id)
            response.status_code = 303
            return response
        return view(request, found, language)

    return wrapped


def cookie_name(public_id: UUID) -> str:
    """One cookie per invitation, so that two links open side by side cannot be mixed up."""
    return f"{'__Host-' if settings.HTTPS else ''}link-{public_id.hex}"


def confirmed_name(public_id: UUID) -> str:
    return f"{'__Host-' if settings.HTTPS else ''}mine-{public_id.hex}"


def set_cookie(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=COOKIE_SECONDS, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )  # fmt: skip


@require_safe
@private
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Swaps the token in the address for a cookie and goes to an address that says nothing."""
    hashed = token_hash(token)
    public_id = token_owner(hashed, timezone.now())
    if public_id is None:
        return gone(request)
    response = redirect("link-page", public_id)
    response.status_code = 303
    response["Referrer-Policy"] = "no-referrer"  # this address is the one that nobody may see
    set_cookie(response, cookie_name(public_id), signing.dumps(hashed, salt=_SALT))
    return response


def _visit(request: HttpRequest, public_id: UUID) -> Visit | None:
    try:
        hashed = signing.loads(request.COOKIES.get(cookie_name(public_id), ""), salt=_SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return None
    return visit(public_id, hashed, timezone.now())


def unconfirmed_visit(request: HttpRequest, public_id: UUID) -> Visit | None:
    """For the page that asks for the address."""
    return _visit(request, public_id)


def is_confirmed(request: HttpRequest, found: Visit) -> bool:
    value = request.COOKIES.get(confirmed_name(found.public_id), "")
    try:
        return bool(signing.loads(value, salt=_CONFIRMED, max_age=COOKIE_SECONDS) == found.public_id.hex)
    except signing.BadSignature:
        return False


def confirm(response: HttpResponse, found: Visit) -> None:
    set_cookie(response, confirmed_name(found.public_id), signing.dumps(found.public_id.hex, salt=_CONFIRMED))


def language_of(request: HttpRequest, found: Visit) -> str:
    """The one chosen on the page, else the person's own."""
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else mail_language(found.language, found.country)


def browser_language(request: HttpRequest) -> str:
    """For pages that know nobody."""
    wanted = request.GET.get("lang", "")
    return wanted if wanted in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def gone(request: HttpRequest) -> HttpResponse:
    """Unknown, cut, revoked, expired and erased links look alike; nothing is known of the reader but the browser's
    language. Whoever tries many of them has to wait; a link that works never has."""
    status = 429 if too_many_failures(request) else 404
    language = browser_language(request)
    with translation.override(language):
        context = {"form": AddressForm(), "languages": languages(language)}
        response = render(request, "attestations/gone.html", context, status=status)
    if status == 429:
        response["Retry-After"] = str(FAILURE_SECONDS)
    return response


def too_many_failures(request: HttpRequest) -> bool:
    """Counts a failure of the caller's address, which is kept nowhere: only a keyed hash, for a minute."""
    digest = hmac.new(settings.SECRET_KEY.encode(), caller(request).encode(), hashlib.sha256).hexdigest()
    key = f"link-failures:{digest}"
    try:
        cache.add(key, 0, FAILURE_SECONDS)
        return int(cache.incr(key)) > FAILURES
    except (ValueError, RedisError):  # it ran out in between, or nobody counts: a dead link looks the same all the same
        return False
