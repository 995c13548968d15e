from datetime import date

from django import template

from compliance.catalogue import wording
from compliance.catalogue.rules import Advice, CollectionMode, Status
from employees.names import country_name

register = template.Library()


@register.filter
def answer_text(answer: str) -> str:
    return wording.answer_text(answer)


@register.filter
def place_name(code: str) -> str:
    """A country's name in English."""
    return country_name(code)


@register.filter
def long_date(day: date) -> str:
    return wording.long_date(day)


@register.filter
def said(text: str) -> str:
    """A sentence of the catalogue in the language in use."""
    return wording.said(text)


@register.filter
def status_words(status: str) -> str:
    return wording.status_words(Status(status))


@register.filter
def advice_words(advice: str) -> str:
    return wording.advice_words(Advice(advice))


@register.filter
def mode_words(mode: str) -> str:
    return wording.mode_words(CollectionMode(mode))


@register.filter
def claim_words(claim: str) -> str:
    """A claimed legal basis as a reader writes it."""
    return claim.replace("_", " ")
