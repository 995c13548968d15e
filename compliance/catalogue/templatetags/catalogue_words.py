from django import template

from compliance.catalogue import wording

register = template.Library()


@register.filter
def answer_text(answer: str) -> str:
    return wording.answer_text(answer)
