from typing import Any

from django.conf import settings
from django.http import HttpRequest

from organisations.rules.comfort import DENSE, KEYS_OFF

_NAMES = {code: name for code, name in settings.LANGUAGES if code in settings.WORKPLACE_LANGUAGES}


def organisation(request: HttpRequest) -> dict[str, Any]:
    """The workplace's organisation, and the others the user could switch to, where it is a page of the workplace; how
    this browser likes its pages."""
    names = ("organisation", "role", "may", "membership", "memberships")
    found = {name: getattr(request, name) for name in names if hasattr(request, name)}
    comfort = {"dense": request.COOKIES.get(DENSE) == "on", "keys_off": request.COOKIES.get(KEYS_OFF) == "on"}
    return {**found, **comfort, "workplace_languages": _NAMES}
