"""How mails go out, where that is set, and a test mail to oneself."""

from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from compliance.campaigns import queries
from compliance.campaigns.gateways import configured_server
from compliance.campaigns.gateways.checking import Finding
from compliance.campaigns.services.trying_mail import try_mail, way_out
from organisations.access import WorkplaceRequest, workplace
from organisations.models import Organisation
from organisations.rules import Act

BETWEEN = 30  # seconds from one test mail of an organisation to the next


class Setting(NamedTuple):
    """One line of the table: what it is, what it is now, and the variable of the environment that sets it."""

    label: str
    value: str
    variable: str


@require_GET
@workplace(Act.RUN_CAMPAIGN)
def show(request: WorkplaceRequest) -> HttpResponse:
    organisation = request.organisation
    test = queries.mail_test(organisation)
    context = {
        "stays_here": queries.mails_stay_here(organisation),
        "lines": _lines(organisation),
        "test": test,
        "findings": [Finding(*found) for found in test.findings] if test else [],
        "outdated": test is not None and test.way != way_out(organisation),
        "section": "settings",
    }
    return render(request, "campaigns/mail_settings.html", context)


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def test(request: WorkplaceRequest) -> HttpResponse:
    """One mail to oneself by the way that campaigns go, and a look at everything around it; one at a time."""
    if not cache.add(f"mail-test-{request.organisation.pk}", "tried", BETWEEN):
        messages.error(request, _("Somebody tries just now. Wait half a minute, and look at what was found."))
        return redirect("mail-settings", request.organisation.slug)
    made = try_mail(organisation=request.organisation, user=request.user, now=timezone.now())
    if not made.taken:
        messages.error(request, _("The test mail did not go out. %(detail)s") % {"detail": made.detail})
    elif queries.mails_stay_here(request.organisation):
        messages.success(request, _("The test mail lies in the local outbox, a folder on this machine."))
    else:
        messages.success(
            request, _("The server took the mail to %(to)s. See whether it arrives.") % {"to": request.user.email}
        )
    return redirect("mail-settings", request.organisation.slug)


def _lines(organisation: Organisation) -> list[Setting]:
    """What is set, without passwords."""
    unset = _("not set")
    rates = ", ".join([settings.MAIL_RATE or _("as fast as the server takes them"), *settings.MAIL_DOMAIN_RATES])
    mailbox = urlsplit(settings.BOUNCE_MAILBOX_URL).hostname if settings.BOUNCE_MAILBOX_URL else ""
    return [
        *_way(organisation),
        Setting(_("Sender"), settings.DEFAULT_FROM_EMAIL, "DEFAULT_FROM_EMAIL"),
        Setting(_("Replies go to"), organisation.contact_email or unset, ""),
        Setting(_("Mails that come back go to"), settings.BOUNCE_ADDRESS or unset, "BOUNCE_ADDRESS"),
        Setting(_("They are fetched from"), mailbox or unset, "BOUNCE_MAILBOX_URL"),
        Setting(_("Speed"), rates, "MAIL_RATE, MAIL_DOMAIN_RATES"),
    ]


def _way(organisation: Organisation) -> list[Setting]:
    if queries.mails_stay_here(organisation):
        return [Setting(_("Way out"), _("none: mails stay on this machine"), "EMAIL_URL, ESP")]
    if settings.ESP:
        return [Setting(_("Sending service"), settings.ESP, "ESP")]
    server = configured_server()
    encrypted = _("TLS from the first byte") if server.ssl else _("STARTTLS") if server.starttls else _("none")
    return [
        Setting(_("Mail server"), f"{server.host}:{server.port}", "EMAIL_URL"),
        Setting(_("Encryption"), encrypted, "EMAIL_URL, EMAIL_TLS"),
        Setting(_("Signs in as"), server.user or _("nobody: the server asks for no name"), "EMAIL_URL"),
    ]
