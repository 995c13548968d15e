"""Checkpoints that leave the house: mailed to addresses outside, stamped by an outside authority."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string

from organisations.models import CheckpointMail, EvidenceOutside, Organisation, User
from organisations.queries.evidence import checkpoints, due_mails, outside_addresses
from organisations.services.checkpoints import send_out
from organisations.services.evidence import Event, append_evidence

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than a mail server may take
LONGEST_WAIT = timedelta(hours=6)
MAX_ATTEMPTS = 40  # about nine days
_LOCAL = "django.core.mail.backends.filebased.EmailBackend"


@transaction.atomic
def set_outside_addresses(
    *, organisation: Organisation, addresses: Sequence[str], user: User, now: datetime
) -> list[str]:
    """Who outside gets every checkpoint from now on, and the last one at once. Returns the addresses as kept."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    wanted = sorted({address.strip().lower() for address in addresses})
    had = outside_addresses(organisation)
    if wanted == had:
        return had
    mine = EvidenceOutside.objects.filter(organisation=organisation)
    mine.exclude(email__in=wanted).delete()
    gone = CheckpointMail.objects.filter(checkpoint__organisation=organisation).exclude(email__in=wanted)
    gone.exclude(state=CheckpointMail.State.SENT).delete()
    new = [email for email in wanted if email not in had]
    EvidenceOutside.objects.bulk_create(
        [EvidenceOutside(organisation=organisation, email=email, added_at=now) for email in new]
    )
    facts = {"user": user.pk, "addresses": len(wanted), "was": len(had)}
    event = Event("evidence.outside_set", facts, personal={"addresses": wanted})
    append_evidence(organisation=organisation, events=[event], now=now)
    if last := checkpoints(organisation).first():
        send_out(last, new, now)
    return wanted


def send_due_checkpoints(*, now: datetime) -> int:
    """Mails what is due, of all organisations; returns how many went. What a server does not take waits."""
    return sum(send_checkpoint(mail_id=pk, now=now) for pk in while_leased(due_mails(now), LEASE))


def while_leased(ids: Iterable[int], lease: timedelta) -> Iterator[int]:
    """So many as can be begun while leases that are counted from now are young; a sweeper takes the rest. With a slow
    server the last of many would else be claimed when its lease is over, and go twice."""
    begun = time.monotonic()
    for pk in ids:
        if time.monotonic() - begun > lease.total_seconds() / 2:
            return
        yield pk


def send_checkpoint(*, mail_id: int, now: datetime) -> bool:
    """Mails one, if nobody else does; whether it went. A worker that dies meanwhile leaves it for after the lease."""
    taken = CheckpointMail.objects.filter(pk=mail_id, state=CheckpointMail.State.QUEUED, due_at__lte=now).update(
        due_at=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    mail = CheckpointMail.objects.select_related("checkpoint__organisation").get(pk=mail_id)
    try:
        _message(mail).send()
    except (SMTPException, AnymailError, OSError) as error:
        _postpone(mail, error, now)
        return False
    CheckpointMail.objects.filter(pk=mail_id).update(state=CheckpointMail.State.SENT, sent_at=now, detail="")
    return True


def _message(mail: CheckpointMail) -> EmailMessage:
    """The same mail with the same Message-ID, whenever it is sent."""
    made = mail.checkpoint
    signed = made.signed
    context = {"organisation": made.organisation, "made": made, "said": signed.checkpoint, "file": signed.file.decode()}
    message = EmailMessage(
        subject=f"Evidence checkpoint of {made.organisation.name}: entry {made.seq:,}, {made.short}",
        body=render_to_string("mail/checkpoint.txt", context),
        to=[mail.email],
        reply_to=[made.organisation.contact_email],
        headers={"Message-ID": f"<{mail.public_id}@{settings.MAIL_DOMAIN}>"},
        # An organisation on trial writes to nobody, whatever server is set.
        connection=get_connection(_LOCAL, file_path=settings.ACCOUNT_OUTBOX_DIR)
        if made.organisation.outbox_only
        else None,
    )
    message.attach(made.download_name, signed.file, "application/json")
    return message


def _postpone(mail: CheckpointMail, error: Exception, now: datetime) -> None:
    wait = min(timedelta(minutes=1) * 2 ** min(mail.attempts - 1, 12), LONGEST_WAIT)
    state = CheckpointMail.State.FAILED if mail.attempts >= MAX_ATTEMPTS else CheckpointMail.State.QUEUED
    detail = f"{type(error).__name__}: {error}".replace(mail.email, "that address")[:300]
    CheckpointMail.objects.filter(pk=mail.pk).update(state=state, due_at=now + wait, detail=detail)
    logger.warning("A checkpoint could not be mailed (attempt %s): %s", mail.attempts, detail)


def send_failed_again(*, organisation: Organisation, now: datetime) -> int:
    """Puts back in line what failed or waits for a server; returns how many."""
    mine = CheckpointMail.objects.filter(checkpoint__organisation=organisation).exclude(state=CheckpointMail.State.SENT)
    return mine.update(state=CheckpointMail.State.QUEUED, due_at=now, attempts=0)
