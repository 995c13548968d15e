"""Comfortable or dense, with or without keys: a choice of this browser."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from organisations.rules.comfort import CHOICES

KEPT = timedelta(days=365)


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Turns the choice `what` on or off (`to`), and goes back to the page `next` of this host."""
    what, back = request.POST.get("what", ""), request.POST.get("next", "")
    if what not in CHOICES:
        raise Http404
    here = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if here else "home")
    if request.POST.get("to") == "on":
        response.set_cookie(what, "on", max_age=KEPT, httponly=True, secure=request.is_secure(), samesite="Lax")
    else:
        response.delete_cookie(what)
    return response
