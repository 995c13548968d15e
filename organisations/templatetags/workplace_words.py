from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from organisations.rules import Role
from organisations.rules.browsers import browser_and_system
from organisations.told import told as told_in_use

register = template.Library()


@register.filter
def told(text: object) -> str:
    """A sentence that was written in English where nobody knew its reader (organisations/told.py)."""
    return told_in_use(text)


@register.filter
def role_name(role: str) -> str:
    """A role as one says it in a sentence."""
    return {
        Role.OWNER: pgettext("role", "owner"),
        Role.ADMIN: pgettext("role", "admin"),
        Role.AUDITOR: pgettext("role", "auditor"),
        Role.HELPER: pgettext("role", "helper"),
        Role.MANAGER: pgettext("role", "manager"),
    }[Role(role)]


@register.filter
def browser_name(user_agent: str) -> str:
    """“Chrome on Linux”; what is not known is shown as the browser says it."""
    browser, system = browser_and_system(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or user_agent[:60] or _("A browser that does not say its name")
