"""Which language the workplace speaks to whoever asks."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from organisations.languages import COOKIE, is_workplace_language
from organisations.models import User
from organisations.services import choose_language
from organisations.views.returning import back_to_page, keep_in_browser


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keeps the choice in this browser, and with the account of somebody who is signed in.

    A language that the workplace does not speak changes nothing.
    """
    response, code = back_to_page(request), request.POST.get("language", "")
    if is_workplace_language(code):
        if isinstance(request.user, User):
            choose_language(user=request.user, language=code)
        keep_in_browser(response, COOKIE, code)
    return response
