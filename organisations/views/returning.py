"""Where a small form of the bar leads back to, and how what was chosen in it stays in this browser."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

KEPT = timedelta(days=365)


def back_to_page(request: HttpRequest) -> HttpResponse:
    """To the page `next` of this host, from which the form was sent; home without one."""
    page = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return redirect(page if here else "home")


def keep_in_browser(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=KEPT, secure=settings.HTTPS, httponly=True, samesite="Lax")
