"""Where somebody goes who has signed in."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from organisations.models import User
from organisations.queries import memberships_of, no_organisation_yet, nobody_yet
from organisations.rules import Role

# Where each role begins.
START = {Role.HELPER: "help", Role.MANAGER: "team"}


@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """To the one organisation there is; otherwise a choice. Nobody can sign in yet: to the first run."""
    if request.user.is_anonymous:
        return redirect("first-owner") if nobody_yet() else redirect_to_login(request.path)
    return _home(request)


def _home(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    memberships = list(memberships_of(request.user))
    if len(memberships) == 1:
        only = memberships[0]
        return redirect(START.get(Role(only.role), "dashboard"), slug=only.organisation.slug)
    if not memberships and no_organisation_yet():
        return redirect("first-organisation")
    return redirect("organisation-choose")


@never_cache
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    return render(
        request,
        "organisations/choose.html",
        {"choices": [(item, START.get(Role(item.role), "dashboard")) for item in memberships_of(request.user)]},
    )
