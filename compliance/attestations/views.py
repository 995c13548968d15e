"""The employee's page. GET and HEAD write nothing: mail scanners open every link they see."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from compliance.attestations.forms import AnswerForm
from compliance.attestations.services import AnswerRefused, record
from compliance.campaigns.letters.words import Ask, asks, language_of
from compliance.campaigns.models import Invitation
from compliance.campaigns.queries import invitation_by_public_id, invitation_by_token_hash
from compliance.campaigns.rules import token_hash
from employees.names import country_name

COOKIE_SECONDS = 60 * 60
_SALT = "attestations.link"


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Neither cache nor Referer may keep or carry anything of this page."""

    @wraps(view)
    def wrapped(*args: object, **kwargs: object) -> HttpResponse:
        response = view(*args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


def cookie_name(public_id: UUID) -> str:
    """One cookie per invitation, so that two links open side by side cannot be mixed up."""
    return f"{'__Host-' if settings.HTTPS else ''}link-{public_id.hex}"


def _receipt_name(public_id: UUID) -> str:
    return f"receipt-{public_id.hex}"


@require_safe
@private
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Swaps the token in the address for a cookie and goes to an address that says nothing."""
    hashed = token_hash(token)
    invitation = invitation_by_token_hash(hashed, timezone.now())
    if invitation is None:
        return _gone(request)
    response = redirect("link-page", invitation.public_id)
    response.status_code = 303
    response.set_cookie(
        cookie_name(invitation.public_id),
        signing.dumps(hashed, salt=_SALT),
        max_age=COOKIE_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _invitation(request: HttpRequest, public_id: UUID) -> Invitation | None:
    try:
        hashed = signing.loads(request.COOKIES.get(cookie_name(public_id), ""), salt=_SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return None
    return invitation_by_public_id(public_id, hashed, timezone.now())


def _gone(request: HttpRequest) -> HttpResponse:
    """Unknown, revoked and expired links look alike; nothing is known of the reader but the browser's language."""
    with translation.override(translation.get_language_from_request(request)):
        return render(request, "attestations/gone.html", status=404)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    invitation = _invitation(request, public_id)
    if invitation is None:
        return _gone(request)
    language = language_of(invitation)
    with translation.override(language):
        found = asks(invitation, language)
        asked = [ask for ask in found if not ask.informs_only]
        if request.method != "POST":
            return _show(request, invitation, found, AnswerForm(asks=asked), language)
        if not asked:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        form = AnswerForm(request.POST, asks=asked)
        if not form.is_valid():
            return _show(request, invitation, found, form, language)
        try:
            receipt = record(
                invitation=invitation,
                answers=form.answers(),
                submission=form.cleaned_data["submission"],
                language=language,
                now=timezone.now(),
            )
        except AnswerRefused as error:
            form.add_error(None, str(error))
            return _show(request, invitation, found, form, language)
    response = redirect("link-thanks", public_id)
    response.status_code = 303
    if receipt:
        response.set_signed_cookie(
            _receipt_name(public_id),
            receipt.code,
            max_age=COOKIE_SECONDS,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return response


def _show(
    request: HttpRequest, invitation: Invitation, found: list[Ask], form: AnswerForm, language: str
) -> HttpResponse:
    cards = [(ask, None if ask.informs_only else form[AnswerForm.key(ask)]) for ask in found]
    context = {
        "invitation": invitation,
        "organisation": invitation.campaign.organisation,
        "campaign": invitation.campaign,
        "first_name": invitation.employee.name.split()[0],
        "masked_email": _masked(invitation.employee.email),
        "country": country_name(invitation.country, language),
        "cards": cards,
        "form": form,
        "informs_only": not form.asks,
        "before": [ask for ask in found if ask.request.answer],
    }
    return render(request, "attestations/page.html", context, status=422 if form.errors else 200)


def _masked(email: str) -> str:
    local, _, domain = email.partition("@")
    return f"{local[:1]}…@{domain}"


@require_safe
@private
def thanks(request: HttpRequest, public_id: UUID) -> HttpResponse:
    invitation = _invitation(request, public_id)
    if invitation is None:
        return _gone(request)
    language = language_of(invitation)
    with translation.override(language):
        context = {
            "organisation": invitation.campaign.organisation,
            "campaign": invitation.campaign,
            "invitation": invitation,
            "receipt": request.get_signed_cookie(_receipt_name(public_id), default=""),
            "answered": [ask for ask in asks(invitation, language) if ask.request.answer],
        }
        return render(request, "attestations/thanks.html", context)
