"""The door of every workplace page: who are you, is this your organisation, may your role do this, is it really you."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from organisations.here import unscoped, within
from organisations.models import Membership, Organisation, User
from organisations.queries import has_second_factor, memberships_of
from organisations.rules import Act, Role, may, needs_recent_sign_in, needs_second_factor
from organisations.services import record_seeing
from organisations.sessions import signed_in_recently, ways_in
from organisations.walls import held

_SAFE = {"GET", "HEAD"}


@dataclass(frozen=True)
class May:
    """What a member may do: `request.may(Act.SEND)` in a view, `{% if may.send %}` in a template."""

    role: Role
    sees_names: bool = False
    do_not_call_in_templates = True  # a template asks by name

    @classmethod
    def of(cls, membership: Membership) -> "May":
        return cls(Role(membership.role), membership.sees_names)

    def __call__(self, act: Act) -> bool:
        return may(self.role, act, sees_names=self.sees_names)

    def __getitem__(self, name: str) -> bool:
        return self(Act(name))


class WorkplaceRequest(HttpRequest):
    """A request that came through `workplace`."""

    user: User
    memberships: list[Membership]
    organisation: Organisation
    membership: Membership
    role: Role
    may: May
    has_second_factor: bool  # or one is not asked for here
    shows_nobody: bool  # set by a view whose page shows names at other times


P = ParamSpec("P")
View = Callable[Concatenate[WorkplaceRequest, P], HttpResponseBase]


def workplace(act: Act, *, shows: str = "") -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Guards a view by `act`. A foreign or unknown organisation is 404, a role that may not is 403.

    Owners and admins set up a second factor first. What cannot be taken back asks again for a sign-in of the last
    quarter of an hour; the form is kept and goes on by itself.
    `shows` names a page with people's names or addresses on it: that somebody saw it stands in the evidence log before
    they do. The view gets the request, which carries `organisation` and `role`, and the URL's arguments without `slug`.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @never_cache
        @login_required
        @wraps(view)
        def guarded(request: WorkplaceRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            found = _membership(request, slug)
            if not request.may(act):
                raise PermissionDenied
            request.has_second_factor = _has_second_factor(request, found)
            if needs_second_factor(request.role) and not request.has_second_factor:
                return ask_for_second_factor(request)
            if needs_recent_sign_in(act) and request.method not in _SAFE and not signed_in_recently(request):
                return ask_again(request)
            request.shows_nobody = False
            with within(found.organisation.pk):
                response = view(request, *args, **kwargs)
                if shows and request.method == "GET" and response.status_code == 200 and not request.shows_nobody:
                    record_seeing(organisation=found.organisation, user=request.user, page=shows, now=timezone.now())
                return held(response)

        return guarded

    return decorate


def _membership(request: WorkplaceRequest, slug: str) -> Membership:
    """The user's own here; what pages need of it goes onto the request. Raises Http404 where there is none."""
    with unscoped("of which organisations somebody is a member"):
        request.memberships = list(memberships_of(request.user))
    found = next((item for item in request.memberships if item.organisation.slug == slug), None)
    if found is None:
        raise Http404
    request.organisation, request.membership, request.role = found.organisation, found, Role(found.role)
    request.may = May.of(found)
    return found


def _has_second_factor(request: WorkplaceRequest, membership: Membership) -> bool:
    """Of ours, or the provider's where that counts. A trial on this machine alone goes without (decision 0030)."""
    if getattr(membership, "second_factor", False) or (membership.organisation.outbox_only and settings.ON_LOOPBACK):
        return True
    return settings.SINGLE_SIGN_ON.second_factor_there and "socialaccount" in ways_in(request, request.user)


def may_administer(request: HttpRequest) -> bool:
    """The Django admin's door: staff of the server, and never without a second factor."""
    user = request.user
    return isinstance(user, User) and user.is_active and user.is_staff and has_second_factor(user)


def ask_for_second_factor(request: HttpRequest) -> HttpResponseBase:
    messages.info(request, _("Set up a second factor first: what you can do here needs more than a password."))
    return redirect("mfa_index")


def ask_again(request: WorkplaceRequest) -> HttpResponseBase:
    """By password or second factor, after which the form goes on; whoever has neither signs in anew."""
    if get_adapter().get_reauthentication_methods(request.user):
        raise ReauthenticationRequired
    logout(request)
    messages.info(request, _("Sign in again to do this: it was a while ago."))
    return redirect_to_login("/")
