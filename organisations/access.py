"""The door of every workplace page: who are you, is this your organisation, may your role do this."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache

from organisations.models import Membership, Organisation, User
from organisations.queries import memberships_of
from organisations.rules import Act, Role, may
from organisations.services import record_seeing


class WorkplaceRequest(HttpRequest):
    """A request that came through `workplace`."""

    user: User
    memberships: list[Membership]
    organisation: Organisation
    role: Role
    shows_nobody: bool  # set by a view whose page shows names at other times


P = ParamSpec("P")
View = Callable[Concatenate[WorkplaceRequest, P], HttpResponseBase]


def workplace(act: Act, *, shows: str = "") -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Guards a view by `act`. A foreign or unknown organisation is 404, a role that may not is 403.

    `shows` names a page with people's names or addresses on it: that somebody saw it stands in the evidence log before
    they do. The view gets the request, which carries `organisation` and `role`, and the URL's arguments without `slug`.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @never_cache
        @login_required
        @wraps(view)
        def guarded(request: WorkplaceRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            request.memberships = list(memberships_of(request.user))
            found = next((item for item in request.memberships if item.organisation.slug == slug), None)
            if found is None:
                raise Http404
            request.organisation, request.role = found.organisation, Role(found.role)
            if not may(request.role, act):
                raise PermissionDenied
            request.shows_nobody = False
            response = view(request, *args, **kwargs)
            if shows and request.method == "GET" and response.status_code == 200 and not request.shows_nobody:
                record_seeing(organisation=found.organisation, user=request.user, page=shows, now=timezone.now())
            return response

        return guarded

    return decorate
