"""One mail while somebody waits: the way out that campaigns use, tried with a mail to oneself."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.campaigns.gateways import Connection, Esp, LockedOut, Outbox, OutgoingMail, Unreached, configured_server
from compliance.campaigns.gateways.checking import Finding, bounces, mail_server, sender_domain
from compliance.campaigns.letters.composing import sender_address, writable
from compliance.campaigns.models import MailTest
from compliance.campaigns.queries import mails_stay_here
from compliance.campaigns.rules import Delivery, Verdict
from organisations.models import Organisation, User
from organisations.services import Event, append_evidence

PATIENCE = 10.0  # seconds that somebody waits for a server


def way_out(organisation: Organisation) -> str:
    """A fingerprint of what decides how mails go out: with other settings a test proves nothing any more."""
    parts = ("outbox",) if mails_stay_here(organisation) else (settings.EMAIL_URL, settings.ESP or "")
    return hashlib.sha256("\0".join((*parts, settings.DEFAULT_FROM_EMAIL)).encode()).hexdigest()


def send_one(mail: OutgoingMail, organisation: Organisation) -> Delivery:
    """Hands one mail over at once, and returns what became of it."""
    if mails_stay_here(organisation):
        return Outbox(settings.OUTBOX_DIR).send(mail)
    if settings.ESP:
        return Esp().send(mail)
    said: list[Delivery] = []
    connection = Connection(replace(configured_server(), timeout=PATIENCE))
    try:
        connection.send_all(iter([mail]), lambda _mail, delivery: said.append(delivery))
    except (Unreached, LockedOut):
        pass  # what it said is noted
    finally:
        connection.close()
    return said[0]


def try_mail(*, organisation: Organisation, user: User, now: datetime) -> MailTest:
    """Sends `user` one mail by the way that campaigns go, looks at server, bounces and DNS, and keeps what it found."""
    delivery = _to_oneself(organisation, user.email, now)
    findings = [] if mails_stay_here(organisation) else _look_around()
    return _keep(organisation, user, delivery, findings, now)


def _to_oneself(organisation: Organisation, to: str, now: datetime) -> Delivery:
    if not writable(to):
        return Delivery(Verdict.REFUSED, _("Your own address cannot be written to."))
    reference = uuid.uuid4()
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = settings.DEFAULT_FROM_EMAIL, to
    mail["Subject"] = _("Offswitch: a test of the mail settings")
    mail["Date"], mail["Message-ID"] = format_datetime(now), f"<{reference}@{settings.MAIL_DOMAIN}>"
    if organisation.contact_email:
        mail["Reply-To"] = organisation.contact_email
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        _("This mail went the way that instructions to staff go. If you can read it, mails of %(name)s arrive.")
        % {"name": organisation.name}
        + "\n\n"
        + _("Look where it lies, too: in the inbox, or among the junk.")
        + "\n"
    )
    return send_one(OutgoingMail(str(reference), sender_address(), to, mail.as_bytes()), organisation)


def _look_around() -> list[Finding]:
    return [finding for check in (mail_server, bounces, sender_domain) for finding in check()]


@transaction.atomic
def _keep(
    organisation: Organisation, user: User, delivery: Delivery, findings: Sequence[Finding], now: datetime
) -> MailTest:
    taken = delivery.verdict is Verdict.ACCEPTED
    append_evidence(
        organisation=organisation, events=[Event("mail.tested", {"taken": taken, "user": user.pk})], now=now
    )
    found = {
        "tested_at": now, "tested_by": user, "way": way_out(organisation), "taken": taken,
        "detail": delivery.detail[:500], "findings": [list(finding) for finding in findings],
    }  # fmt: skip
    test, _made = MailTest.objects.update_or_create(organisation=organisation, defaults=found)
    return test
