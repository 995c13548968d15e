"""Which language the workplace speaks to whoever asks."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from organisations.languages import COOKIE, COOKIE_SECONDS, is_workplace_language
from organisations.models import User
from organisations.services import choose_language


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keeps the choice in this browser, and with the account of somebody who is signed in.

    A language that the workplace does not speak changes nothing. Goes back to the page it was asked from.
    """
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    code = request.POST.get("language", "")
    if is_workplace_language(code):
        if isinstance(request.user, User):
            choose_language(user=request.user, language=code)
        response.set_cookie(COOKIE, code, max_age=COOKIE_SECONDS, secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response
