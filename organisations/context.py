from typing import Any

from django.http import HttpRequest

from organisations.models import User
from organisations.queries import memberships_of


def organisation(request: HttpRequest) -> dict[str, Any]:
    """The workplace's organisation, and the others the user could switch to."""
    current = getattr(request, "organisation", None)
    if current is None or not isinstance(request.user, User):
        return {}
    return {
        "organisation": current,
        "role": getattr(request, "role", None),
        "memberships": memberships_of(request.user),
    }
