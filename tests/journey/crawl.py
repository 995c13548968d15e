"""Every page that links lead to, one of a kind, looked at in light and dark and on three widths."""

import os
from collections import deque
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from tests.journey.watch import Window

WIDTHS = (1440, 768, 390)  # pixels
_LINKS = "all => [...new Set(all.map(one => one.getAttribute('href')))]"
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def crawl(window: Window, *starts: str) -> dict[str, list[str]]:
    """The name of each page's address, and what is wrong with it. Pictures go into $LOOKS where that is set.

    Of pages that differ only in the row that they show, one is looked at; of those in `starts`, each.
    """
    waiting, seen, found = deque(starts), set[str](), dict[str, list[str]]()
    while waiting:
        address = waiting.popleft()
        name = address.strip("/") if address in starts else _kind(address)
        if not name or name in seen:
            continue
        seen.add(name)
        if not _is_page(window, address):
            continue
        window.open(address)
        found[name] = [f"{address}: {fault}" for fault in _faults(window, name)]
        links = window.page.locator("a[href]").evaluate_all(_LINKS)
        waiting.extend(urljoin(urlsplit(window.page.url).path, link) for link in links)
    return found


def _kind(address: str) -> str:
    """What tells this page from others; "" for what is not ours to look at, such as other hosts."""
    parts = urlsplit(address)
    if parts.netloc or parts.scheme:
        return ""
    try:
        match = resolve(parts.path)
    except Resolver404:
        return f"lost: {address}"
    name = match.view_name or ""
    # A step of the set-up is a page of its own, and so is each tab that the address names.
    told = [match.kwargs[key] for key in ("name", "kind") if key in match.kwargs]
    tab = parts.query.partition("=")[0] in {"kind", "show", "state"}
    return "" if name.startswith("admin:") else " ".join([name, *told, *([parts.query] if tab else [])])


def _is_page(window: Window, address: str) -> bool:
    answer = window.context.request.get(window.site + address)
    kind = answer.headers.get("content-type", "")
    assert answer.status < 400, f"{address} answers {answer.status}"  # a link that leads nowhere
    return kind.startswith("text/html")


def _faults(window: Window, name: str) -> list[str]:
    found = []
    for scheme in ("light", "dark"):
        window.page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {one}" for one in window.violations()]
        for width in WIDTHS:
            window.page.set_viewport_size({"width": width, "height": 900})
            if wide := window.page.evaluate(_OVERFLOW):
                found.append(f"{wide} px too wide at {width} px")
            _picture(window, f"{name}-{width}-{scheme}")
        window.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    return found


def _picture(window: Window, name: str) -> None:
    folder = os.environ.get("LOOKS", "")
    if folder:
        path = Path(settings.BASE_DIR, folder, f"{name.replace(' ', '-').replace('/', '_')}.png")
        window.page.screenshot(path=path, full_page=True)
