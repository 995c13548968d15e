"""Sessions end: after half an hour without use, and after twelve hours whatever happens. Pages begin as nobody's."""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from organisations.here import EVERYBODY, NOBODY, within
from organisations.sessions import expired, note_seen


class Walls:
    """A workplace's pages are nobody's until their guard has said whose: one without a guard finds no row."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # All else serves everybody: staff's links know no organisation until the link is known, sign-in is about users.
        with within(NOBODY if request.path_info.startswith("/o/") else EVERYBODY):
            return self.get_response(request)


class SessionLimits:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Staff's links and everybody without a session: not a query.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        now = int(time.time())
        # A page that asks how far a job is shows nobody at the keyboard; a form that is sent does.
        by_itself = request.method == "GET" and "HX-Request" in request.headers
        if expired(request.session, now):
            return _ended(request, by_itself=by_itself)
        if not by_itself and note_seen(request.session, now):
            mine = UserSession.objects.filter(session_key=request.session.session_key)
            mine.update(last_seen_at=timezone.now())
        return self.get_response(request)


def _ended(request: HttpRequest, *, by_itself: bool) -> HttpResponse:
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    logout(request)
    if by_itself:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    messages.info(request, _("You were signed out: sessions end after a while without use, and after twelve hours."))
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
