from typing import Any

from django.conf import settings
from django.http import HttpRequest

_NAMES = {code: name for code, name in settings.LANGUAGES if code in settings.WORKPLACE_LANGUAGES}


def organisation(request: HttpRequest) -> dict[str, Any]:
    """The workplace's organisation, and the others the user could switch to; nothing outside the workplace."""
    names = ("organisation", "role", "membership", "memberships")
    found = {name: getattr(request, name) for name in names if hasattr(request, name)}
    return {**found, "workplace_languages": _NAMES}
