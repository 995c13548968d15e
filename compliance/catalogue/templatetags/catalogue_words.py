from datetime import date

from django import template
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_noop as noop

from compliance.catalogue import wording
from compliance.catalogue.rules import Advice, CollectionMode, Status
from employees.names import country_name
from organisations.told import in_use, told

register = template.Library()


@register.filter
def answer_text(answer: str) -> str:
    return wording.answer_text(answer)


@register.filter
def place_name(code: str) -> str:
    """A country's name in the language in use."""
    return country_name(code, in_use())


@register.filter
def long_date(day: date) -> str:
    return wording.long_date(day)


@register.filter
def said(text: str) -> str:
    """A sentence of the catalogue in the language in use."""
    return wording.said(text)


@register.filter
def status_words(status: str) -> str:
    return told(wording.status_words(Status(status)))


@register.filter
def advice_words(advice: str) -> str:
    return told(wording.advice_words(Advice(advice)))


@register.filter
def confidence_words(confidence: str) -> str:
    """How sure the catalogue is of something."""
    return {
        "high": pgettext("confidence", "high confidence"),
        "medium": pgettext("confidence", "medium confidence"),
        "low": pgettext("confidence", "low confidence"),
    }.get(confidence, confidence)


@register.filter
def mode_words(mode: str) -> str:
    return told(wording.mode_words(CollectionMode(mode)))


# Kinds of source without a title of their own.
KINDS = frozenset((noop("regulator"), noop("government"), noop("press"), noop("statute")))
# What claims there are in the catalogue, for the translation.
CLAIMS = (noop("legitimate interest"), noop("not stated"), noop("consent"), noop("contract"))


@register.filter
def claim_words(claim: str) -> str:
    """A claimed legal basis as a reader writes it."""
    return gettext(claim.replace("_", " "))


@register.filter
def source_words(shown: str) -> str:
    """A source's title as it stands, or what kind of thing is cited."""
    return gettext(shown) if shown in KINDS else told(shown)
