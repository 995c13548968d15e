"""A page without a login: no more reminders. GET changes nothing; a POST does, from the page or from a mail programme
(RFC 8058), which sends no cookie and no form of ours."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.campaigns.letters.words import language_of
from compliance.campaigns.queries import invitation_to_stop
from compliance.campaigns.rules import same, stop_token
from compliance.campaigns.services import stop_reminders
from compliance.campaigns.sure_form import SureForm


@csrf_exempt  # the token in the address is the proof: a mail programme's one click brings nothing else
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, public_id: UUID, token: str) -> HttpResponse:
    invitation = invitation_to_stop(public_id)
    key = settings.LINK_KEYS.get(invitation.key_version) if invitation else None
    if invitation is None or key is None or not same(stop_token(key, str(public_id)), token):
        with translation.override(translation.get_language_from_request(request)):
            return _private(render(request, "campaigns/stop_unknown.html", status=404))
    with translation.override(language_of(invitation)):
        # A mail programme's one click says so; on the page a person ticks the box, which no scanner does.
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        form = SureForm(request.POST if request.method == "POST" and not one_click else None)
        said = one_click or (request.method == "POST" and form.is_valid())
        if said:
            stop_reminders(invitation=invitation, now=timezone.now())
        context = {
            "organisation": invitation.campaign.organisation,
            "stopped": said or invitation.stopped_at is not None,
            "form": form,
        }
        return _private(render(request, "campaigns/stop.html", context, status=422 if form.errors else 200))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    # The address holds a token, which no Referer may carry; `no-referrer` would make the form's origin null.
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
