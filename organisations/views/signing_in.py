"""Where somebody goes who has signed in."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from organisations.models import User
from organisations.queries import memberships_of


@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the one organisation there is; otherwise a choice."""
    assert isinstance(request.user, User)
    memberships = list(memberships_of(request.user))
    if len(memberships) == 1:
        return redirect("dashboard", slug=memberships[0].organisation.slug)
    return redirect("organisation-choose")


@never_cache
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    return render(request, "organisations/choose.html", {"memberships": memberships_of(request.user)})
