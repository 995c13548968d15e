from typing import Any

from django.http import HttpRequest


def organisation(request: HttpRequest) -> dict[str, Any]:
    """The workplace's organisation, and the others the user could switch to; nothing outside the workplace."""
    names = ("organisation", "role", "membership", "memberships")
    return {name: getattr(request, name) for name in names if hasattr(request, name)}
