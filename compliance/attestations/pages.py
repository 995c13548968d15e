"""The employee's page, made once for everybody who sees the same, then filled for each: a template costs milliseconds,
and one mail to ten thousand people brings every scanner at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import get_language_info

from compliance.attestations.drawings import Path, path
from compliance.attestations.forms import AnswerForm, RegionForm
from compliance.attestations.queries import Visit, invitation_of, requests_of, statement
from compliance.attestations.rules import Shown
from compliance.campaigns.letters.plain import text_of
from compliance.campaigns.letters.words import Ask, asks_of
from compliance.catalogue.rules import asks_for_help
from employees.names import country_name

NAME, ADDRESS, PAGE, CSRF, SUBMISSION, SHOWN = (
    f"xGAPx{name}x" for name in ("NAME", "ADDRESS", "PAGE", "CSRF", "SUBMISSION", "SHOWN")
)
_SPLIT = re.compile(f"({NAME}|{ADDRESS}|{PAGE}|{CSRF}|{SUBMISSION}|{SHOWN})")
KEPT = 500  # pages that a process keeps; about 30 KB each


@dataclass(frozen=True)
class Card:
    """One policy on the page: `field` is its choice where it may be answered, `path` the drawing of the way."""

    ask: Ask
    field: Any
    path: Path | None
    answered: bool


@dataclass(frozen=True)
class Page:
    """Pieces of HTML, every other one the name of a gap; and the page's words, which an answer is kept with."""

    pieces: tuple[str, ...]
    shown: Shown

    def fill(self, values: Mapping[str, str]) -> bytes:
        pieces = list(self.pieces)
        all_values = {**values, SHOWN: self.shown.sha256}
        pieces[1::2] = [all_values[name] for name in pieces[1::2]]
        return "".join(pieces).encode()


_making = Lock()
_pages: dict[tuple[object, ...], Page] = {}  # of this process; the key holds all that the page is made of


def page_of(visit: Visit, language: str) -> Page:
    """The page as this person sees it in a language, before anything is filled in."""
    standing = tuple((ask.version, ask.status, ask.advice, ask.mode, ask.answered) for ask in visit.asked)
    key = (
        visit.campaign_id, visit.campaign, visit.why, visit.notice, visit.organisation, visit.contact_email,
        visit.country, visit.profile_country, visit.last_day, bool(visit.answered_at), language, standing,
    )  # fmt: skip
    if page := _pages.get(key):
        return page
    with _making:  # the others wait for one rather than slow each other down by making the same
        page = _pages.get(key)
        if page is None:
            if len(_pages) >= KEPT:
                _pages.clear()
            page = _pages[key] = _made(visit, language)
    return page


def shown_before(visit: Visit, sha256: str) -> Shown | None:
    """The words that an open page had when it was made, where they are known: a text may have changed since."""
    for page in list(_pages.values()):
        if page.shown.sha256 == sha256:
            return page.shown
    return statement(visit, sha256)


def _made(visit: Visit, language: str) -> Page:
    html = render_page(visit, language, Values(NAME, ADDRESS, PAGE, CSRF))
    html = re.sub(r"\n\s*\n+", "\n", re.sub(r"(?m)^[ \t]+", "", html))
    main = html[html.index("<main") : html.index("</main>")]
    words = text_of(f'<html lang="{language}">{main}')
    return Page(tuple(_SPLIT.split(html)), Shown.of(language, words))


def render_page(
    visit: Visit,
    language: str,
    values: "Values",
    form: AnswerForm | None = None,
    region: RegionForm | None = None,
) -> str:
    """The whole page by its template; `form` or `region` carry what was sent and what is wrong with it."""
    with translation.override(language):
        found = asks_of(requests_of(visit), visit.place, language)
        form = form or AnswerForm(asks=to_answer(found), initial={"submission": SUBMISSION, "shown": SHOWN})
        context = {**page_context(visit, language, found, form), "region_form": region or RegionForm(language=language)}
        return render_to_string("attestations/page.html", context | values._asdict())


def to_answer(found: Sequence[Ask]) -> list[Ask]:
    return [ask for ask in found if not ask.informs_only]


def page_context(visit: Visit, language: str, found: Sequence[Ask], form: AnswerForm) -> dict[str, Any]:
    answered = {ask.version for ask in visit.asked if ask.answered}
    counted = visit.anonymous and visit.answered_at is not None
    invitation = invitation_of(visit.pk)
    cards = [
        Card(
            ask,
            None if ask.informs_only or counted else form[AnswerForm.key(ask)],
            path(ask.labels),
            ask.request.policy_version_id in answered,
        )
        for ask in found
    ]
    return {
        "invitation": invitation,
        "organisation": invitation.campaign.organisation,
        "campaign": invitation.campaign,
        "country": country_name(visit.place, language),
        "roster_country": country_name(visit.country, language),
        "claimed": bool(visit.profile_country),
        "can_claim": not counted and (bool(to_answer(found)) or bool(visit.profile_country)),
        "cards": cards,
        "form": form,
        "mode": _mode(found),
        "counted": counted,
        "asks_help": any(asks_for_help(answer) for ask in to_answer(found) for answer in ask.answers),
        "languages": languages(language),
    }


def _mode(found: Sequence[Ask]) -> str:
    """`named`, `anonymous` or `inform`; `nothing` where no policy concerns the person."""
    if not found:
        return "nothing"
    if not to_answer(found):
        return "inform"
    return "anonymous" if any(ask.anonymous for ask in found) else "named"


def languages(current: str) -> list[tuple[str, str, str]]:
    """(code, its own name, direction) of every language but the one in use."""
    infos = [(code, name, get_language_info(code)["bidi"]) for code, name in settings.LANGUAGES if code != current]
    return [(code, name, "rtl" if bidi else "ltr") for code, name, bidi in infos]


def first_name(name: str) -> str:
    """What the page calls somebody: it shows no more of a name than it needs."""
    return next(iter(name.split()), "")


def masked(email: str) -> str:
    """Enough of an address to know one's own: a…@acme.example."""
    local, _at, domain = email.partition("@")
    return f"{local[:1]}…@{domain}"


class Values(NamedTuple):
    """What differs from person to person, as the template calls it."""

    first_name: str
    masked_email: str
    page_url: str
    csrf_token: str

    @classmethod
    def of(cls, visit: Visit, csrf: str) -> "Values":
        return cls(first_name(visit.name), masked(visit.email), f"/p/{visit.public_id}/", csrf)

    def gaps(self, submission: str) -> dict[str, str]:
        """What fills the gaps of a page, escaped."""
        filled = {name: str(escape(value)) for name, value in zip((NAME, ADDRESS, PAGE, CSRF), self, strict=True)}
        return {**filled, SUBMISSION: submission}
