"""The product's WSGI application with bare views beside it to compare with: same server, process and middleware.

`/bench/bare` is a view that answers a few words; `/bench/nothing` is the same without any middleware. With
BENCH_UNCHAINED set, answers are recorded without their entry in the evidence log: for measuring what the log costs.
With BENCH_RAISING set, a request with the header X-Bench-Raise ends in an exception of its view. BENCH_LANGUAGE adds a
language that Offswitch does not speak.
"""

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

if _more := os.environ.get("BENCH_LANGUAGE"):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    settings.LANGUAGES = [*settings.LANGUAGES, (_more, _more)]

# isort: split
from config.wsgi import application as product  # before all others: it sets Django up

# isort: split
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

import config.urls
from organisations.models import EvidenceEntry


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"hello", headers={"Content-Length": "5"})


class Raise:
    """Middleware: stands in for a view that fails, with the request as the view would have it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if "X-Bench-Raise" in request.headers:
            raise RuntimeError("forced")


def _unchained(*_: Any, organisation: Any, events: Iterable[Any], now: Any, **__: Any) -> list[EvidenceEntry]:
    made = {"organisation": organisation, "seq": 0, "at": now.isoformat(), "prev_hash": "0" * 64, "hash": "0" * 64}
    return [EvidenceEntry(kind=event.kind, facts=dict(event.facts), commitment="", **made) for event in events]


def _without_chain() -> None:
    """Takes the log's place wherever the answers' room has imported it. Exits when it is nowhere to be found."""
    found = [
        (module, writer)
        for name, module in list(sys.modules.items())
        for writer in ("append_evidence", "append_unread")
        if name.startswith("compliance.attestations") and hasattr(module, writer)
    ]
    if not found:
        raise SystemExit("nothing under compliance.attestations writes to the log")
    for module, writer in found:
        setattr(module, writer, _unchained)


config.urls.urlpatterns.append(path("bench/bare", bare))
config.urls.urlpatterns.append(path("bench/nothing", bare))
_middleware, settings.MIDDLEWARE = settings.MIDDLEWARE, []
_nothing = WSGIHandler()
settings.MIDDLEWARE = _middleware
if os.environ.get("BENCH_RAISING"):
    settings.MIDDLEWARE = [*_middleware, "benchmarks.wrapped.Raise"]
    product.load_middleware()
if os.environ.get("BENCH_UNCHAINED"):
    __import__("compliance.attestations.views")
    _without_chain()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    handler = _nothing if environ["PATH_INFO"] == "/bench/nothing" else product
    return handler(environ, start_response)
