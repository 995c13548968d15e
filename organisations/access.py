"""The door of every workplace page: who are you, is this your organisation, may your role do this."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from organisations.models import Membership, Organisation, User
from organisations.queries import memberships_of
from organisations.rules import Act, Role, may


class WorkplaceRequest(HttpRequest):
    """A request that came through `workplace`."""

    user: User
    memberships: list[Membership]
    organisation: Organisation
    role: Role


P = ParamSpec("P")
View = Callable[Concatenate[WorkplaceRequest, P], HttpResponseBase]


def workplace(act: Act) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Guards a view by `act`. A foreign or unknown organisation is 404, a role that may not is 403.

    The view gets the request, which carries `organisation` and `role`, and the URL's arguments without `slug`.
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
            return view(request, *args, **kwargs)

        return guarded

    return decorate
