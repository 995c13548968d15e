from django import template

from organisations.told import told as told_in_use

register = template.Library()


@register.filter
def told(text: object) -> str:
    """A sentence that was written in English where nobody knew its reader (organisations/told.py)."""
    return told_in_use(text)
