"""The employee's page. GET and HEAD write nothing: mail scanners open every link, and submit every form they find."""

import uuid
from contextlib import suppress
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compliance.attestations.forms import AddressForm, AnswerForm, RegionForm, submission_of
from compliance.attestations.pages import Values, languages, page_of, render_page, shown_before, to_answer
from compliance.attestations.queries import Visit, invitation_of, receipt_of, requests_of
from compliance.attestations.rules import chosen
from compliance.attestations.services import AnswerRefused, mail_receipt, receipt_text, record
from compliance.attestations.views.door import (
    browser_language,
    confirm,
    confirmed_name,
    cookie_name,
    for_visitor,
    gone,
    language_of,
    private,
    set_cookie,
    too_many_failures,
    unconfirmed_visit,
)
from compliance.campaigns.letters.words import asks_of
from compliance.campaigns.models import Invitation
from compliance.campaigns.queries import invitations_to
from compliance.campaigns.services import CampaignRefused, claim_region, new_link
from compliance.campaigns.tasks import deliver_messages
from compliance.catalogue.rules import Answer, asks_for_help
from organisations.doorbell import ring


def _go(name: str, found: Visit, request: HttpRequest) -> HttpResponse:
    """303 to a page of this link, in the language that was chosen."""
    response = redirect(name, found.public_id)
    response.status_code = 303
    if wanted := request.GET.get("lang", ""):
        response["Location"] += f"?lang={language_of(request, found)}" if wanted else ""
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@for_visitor
def page(request: HttpRequest, found: Visit, language: str) -> HttpResponse:
    if request.method != "POST":
        return _page(request, found, language)
    if not found.to_answer:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    submission, answers = submission_of(request.POST), chosen(found.to_answer, request.POST.dict())
    if submission is None or answers is None:
        return _explained(request, found, language)
    shown = page_of(found, language).shown
    if (seen := request.POST.get("shown", "")) != shown.sha256:
        shown = shown_before(found, seen) or shown
    try:
        receipt = record(visit=found, answers=answers, submission=submission, shown=shown, now=timezone.now())
    except AnswerRefused:
        # Since the page was opened the link has ended, or something else applies: look again.
        return _go("link-page", found, request)
    response = _go("link-thanks", found, request)
    if receipt and found.anonymous:
        name, code = _receipt_name(found.public_id), receipt.code
        set_cookie(response, name, signing.dumps(code, salt=name))
    return response


def _receipt_name(public_id: UUID) -> str:
    return f"receipt-{public_id.hex}"


def _counted_receipt(request: HttpRequest, public_id: UUID) -> str:
    """The code of an answer that was counted: it stands beside nobody's name, so this browser alone has it."""
    name = _receipt_name(public_id)
    try:
        return str(signing.loads(request.COOKIES.get(name, ""), salt=name))
    except signing.BadSignature:
        return ""


def _page(request: HttpRequest, found: Visit, language: str) -> HttpResponse:
    gaps = Values.of(found, get_token(request)).gaps(str(uuid.uuid4()))
    return HttpResponse(page_of(found, language).fill(gaps), headers={"Content-Language": language})


def _explained(request: HttpRequest, found: Visit, language: str, region: RegionForm | None = None) -> HttpResponse:
    """The page with what was sent, and what is wrong with it."""
    with translation.override(language):
        asked = to_answer(asks_of(requests_of(found), found.place, language))
        form = AnswerForm(asks=asked) if region else AnswerForm(request.POST, asks=asked)
        if not region:
            form.is_valid()
        values = Values.of(found, get_token(request))
        return HttpResponse(render_page(found, language, values, form, region), status=422)


@require_POST
@for_visitor
def region(request: HttpRequest, found: Visit, language: str) -> HttpResponse:
    """The country on the person's profile; the roster's own takes that back. Who may not be asked is not asked this."""
    if not found.to_answer and not found.profile_country:
        return HttpResponseNotAllowed([])
    with translation.override(language):
        form = RegionForm(request.POST, language=language)
        if not form.is_valid():
            return _explained(request, found, language, form)
    country = form.cleaned_data["country"]
    with suppress(CampaignRefused):  # an answer was counted meanwhile: the page says so
        claim_region(invitation=Invitation(pk=found.pk), country=country, now=timezone.now())
    return _go("link-page", found, request)


@require_safe
@for_visitor
def thanks(request: HttpRequest, found: Visit, language: str) -> HttpResponse:
    if found.answered_at is None:
        return _go("link-page", found, request)
    code, answers = receipt_of(found)
    invitation = invitation_of(found.pk)
    with translation.override(language):
        context = {
            "organisation": invitation.campaign.organisation,
            "campaign": invitation.campaign,
            "invitation": invitation,
            "receipt": code or _counted_receipt(request, found.public_id),
            "anonymous": found.anonymous,
            "answers": answers,
            "titles": {ask.request.pk: ask.title for ask in asks_of(requests_of(found), found.place, language)},
            "asked_help": any(asks_for_help(row.answer) for row in answers),
            "not_found": any(row.answer == Answer.NOT_VISIBLE for row in answers),
            "mailed": request.GET.get("mailed") == "1",
            "languages": languages(language),
        }
        return render(request, "attestations/thanks.html", context)


@require_safe
@for_visitor
def receipt(request: HttpRequest, found: Visit, language: str) -> HttpResponse:
    """The receipt as a text file."""
    code, answers = receipt_of(found)
    if not code:
        return _go("link-page", found, request)
    with translation.override(language):
        text = receipt_text(visit=found, code=code, answers=answers)
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="offswitch-{code}.txt"'
    return response


@require_POST
@for_visitor
def receipt_mail(request: HttpRequest, found: Visit, language: str) -> HttpResponse:
    code, answers = receipt_of(found)
    if code and mail_receipt(visit=found, language=language, code=code, answers=answers, now=timezone.now()):
        ring(deliver_messages)
    response = _go("link-thanks", found, request)
    response["Location"] += ("&" if "?" in response["Location"] else "?") + "mailed=1"
    return response


@require_safe
@private
def leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Closes the page on this device: a phone that others use too does not know it any more."""
    with translation.override(browser_language(request)):
        response = render(request, "attestations/left.html")
    for name in (cookie_name(public_id), confirmed_name(public_id), _receipt_name(public_id)):
        response.delete_cookie(name, samesite="Lax")
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@private
def confirm_address(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Asks for the address before anything is shown, where the campaign wants it so."""
    found = unconfirmed_visit(request, public_id)
    if found is None:
        return gone(request)
    language = language_of(request, found)
    with translation.override(language):
        form = AddressForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            if form.cleaned_data["email"].strip().lower() == found.email.lower():
                response = _go("link-page", found, request)
                confirm(response, found)
                return response
            form.add_error("email", _("The link was sent to another address."))
        organisation = invitation_of(found.pk).campaign.organisation
        context = {"form": form, "organisation": organisation, "languages": languages(language)}
        return render(request, "attestations/confirm.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def ask_new_link(request: HttpRequest) -> HttpResponse:
    """Mails a new link to the address on file, if there is one. The page says the same to everybody."""
    language = browser_language(request)
    with translation.override(language):
        form = AddressForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            if too_many_failures(request):  # before anything is looked up: known and unknown addresses end alike
                return gone(request)
            now = timezone.now()
            sent = [new_link(invitation=each, now=now) for each in invitations_to(form.cleaned_data["email"], now)]
            if any(sent):
                ring(deliver_messages)
            return render(request, "attestations/new_link_sent.html")
        context = {"form": form, "languages": languages(language)}
        return render(request, "attestations/gone.html", context, status=422 if form.errors else 404)
