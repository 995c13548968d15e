"""Comfortable or dense, with or without keys: a choice of this browser."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from organisations.rules.comfort import CHOICES
from organisations.views.returning import back_to_page, keep_in_browser


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Turns the choice `what` on or off (`to`)."""
    what = request.POST.get("what", "")
    if what not in CHOICES:
        raise Http404
    response = back_to_page(request)
    if request.POST.get("to") == "on":
        keep_in_browser(response, what, "on")
    else:
        response.delete_cookie(what)
    return response
