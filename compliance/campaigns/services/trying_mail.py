"""One mail while somebody waits: the way out that campaigns use, tried with a mail to oneself."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import astuple, replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from itertools import chain

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
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
LOOKING = 15.0  # and then for all that is looked at around it
CHECKS = {"Mail": mail_server, "Bounces": bounces, "DNS": sender_domain}


def way_out(organisation: Organisation) -> str:
    """A fingerprint of what decides how mails go out: with other settings a test proves nothing any more. A key of the
    installation's own is in it, so that nobody can guess a password by it."""
    way: list[object] = [settings.DEFAULT_FROM_EMAIL]
    if mails_stay_here(organisation):
        way.append("outbox")
    elif settings.ESP:
        way += [settings.ESP, sorted(settings.ANYMAIL.items())]
    else:
        way.append(astuple(configured_server()))
    return salted_hmac("mail-test", repr(way), algorithm="sha256").hexdigest()


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
    """All at once, and no longer than somebody waits: whoever has not answered by then is said to be silent."""
    pool = ThreadPoolExecutor(len(CHECKS), thread_name_prefix="mail-test")
    looks = {about: pool.submit(_found, check) for about, check in CHECKS.items()}
    wait(looks.values(), timeout=LOOKING)
    pool.shutdown(wait=False)
    found = [look.result() if look.done() else [_silent(about)] for about, look in looks.items()]
    return list(chain.from_iterable(found))


def _found(check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    return list(check())


def _silent(about: str) -> Finding:
    said = _("No answer within %(seconds)s seconds.") % {"seconds": f"{LOOKING:g}"}
    return Finding("look", about, said, _("Try again, or run manage.py doctor on the server."))


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
