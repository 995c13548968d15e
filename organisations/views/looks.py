"""A colour as a style sheet: a pure function of its address, so it needs no door and may be kept for good."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from organisations.rules.colours import PAPER_DARK, WHITE, is_colour, mixed, readable

_SHEET = """:root { --accent: %(light)s; --accent-strong: %(strong)s; --accent-wash: %(wash)s }
@media screen and (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) { --accent: %(dark)s; --accent-strong: %(bright)s; --accent-wash: %(shade)s }
}
"""


@require_GET
@cache_control(public=True, max_age=31_536_000, immutable=True)
def stylesheet(_request: HttpRequest, colour: str) -> HttpResponse:
    """What the tokens of the style guide are with this accent, each as dark or light as it takes to be read."""
    accent = f"#{colour}"
    if not is_colour(accent):
        raise Http404
    wash, shade = mixed(accent, WHITE, 0.92), mixed(accent, PAPER_DARK, 0.85)
    light, dark = readable(accent, wash), readable(accent, shade)
    facts = {
        "light": light, "wash": wash, "strong": readable(light, wash, 7), "dark": dark, "shade": shade,
        "bright": readable(dark, shade, 8),
    }  # fmt: skip
    return HttpResponse(_SHEET % facts, content_type="text/css; charset=utf-8")
