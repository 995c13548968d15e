"""The language of the workplace: what its user chose, else what this browser chose, else what the browser asks for.

Employees' pages have their own way (compliance/attestations/views/door.py): settings.STAFF_PATHS are left alone.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

COOKIE = "workplace_language"


def is_workplace_language(code: str) -> bool:
    return code in settings.WORKPLACE_LANGUAGES


def language_of_request(request: HttpRequest) -> str:
    """One of settings.WORKPLACE_LANGUAGES. Asks the database nothing for a visitor without a session."""
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        chosen = getattr(request.user, "language", "")
        if is_workplace_language(chosen):
            return chosen
    if is_workplace_language(kept := request.COOKIES.get(COOKIE, "")):
        return kept
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if is_workplace_language(code):
            return code
        if is_workplace_language(base := code.partition("-")[0]):
            return base
    return settings.LANGUAGE_CODE


class WorkplaceLanguage:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(settings.STAFF_PATHS):
            return self.get_response(request)
        language = language_of_request(request)
        with translation.override(language):
            response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", language)
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response
