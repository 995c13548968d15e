"""A scheduled report on its way to a member: as a link behind the log-in, or as the file itself."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from organisations.services import Event, append_evidence, while_leased
from reports import wording
from reports.localised import day, long_moment
from reports.models import ReportMail
from reports.queries.schedules import changes, due_report_mails, earlier_runs, eligible
from reports.rules import Sending

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than a mail server may take
LONGEST_WAIT = timedelta(hours=6)
MAX_ATTEMPTS = 12  # about two days
LARGEST = 10 * 1024 * 1024  # bytes of an attachment that mail servers take everywhere; above it goes a link
_LOCAL = "django.core.mail.backends.filebased.EmailBackend"
State = ReportMail.State


def send_due_reports(*, now: datetime) -> int:
    """Mails what is due, of all organisations; returns how many went."""
    return sum(send_report(mail_id=pk, now=now) for pk in while_leased(due_report_mails(now), LEASE))


def send_report(*, mail_id: int, now: datetime) -> bool:
    """Mails one, if nobody else does; whether it went. A worker that dies meanwhile leaves it for after the lease."""
    taken = ReportMail.objects.filter(pk=mail_id, state=State.QUEUED, due_at__lte=now).update(
        due_at=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    rows = ReportMail.objects.select_related("run__schedule__organisation", "run__report__campaign", "user")
    mail = rows.get(pk=mail_id)
    if mail.run.report is None or mail.user not in eligible(mail.run.schedule.organisation):
        ReportMail.objects.filter(pk=mail_id).update(state=State.DROPPED)
        return False
    try:
        message = _message(mail)
        message.send()
    except (SMTPException, AnymailError, OSError) as error:
        _postpone(mail, error, now)
        return False
    _sent(mail, attached=bool(message.attachments), now=now)
    return True


def _message(mail: ReportMail) -> EmailMessage:
    """The same mail with the same Message-ID, whenever it is sent."""
    run, report = mail.run, mail.run.report
    assert report
    organisation = run.schedule.organisation
    path = report.path_of("pdf") if run.schedule.sending == Sending.ATTACHMENT else None
    attached = path if path and path.stat().st_size <= LARGEST else None
    local = report.as_of.astimezone(organisation.zone)
    with translation.override(report.language):
        context = {
            "report": report,
            "why": wording.occasion(run.key, run.schedule.rhythm),
            "organisation": organisation,
            "attached": attached,
            "too_large": path is not None and attached is None,
            "as_of": f"{long_moment(local)} ({local:%Z})",
            "changes": wording.changes(changes(run, earlier_runs(run))),
            "address": settings.BASE_URL + reverse("report", args=[organisation.slug, report.pk]),
        }
        body = render_to_string("mail/report.txt", context)
        subject = _("Readiness of %(campaign)s, %(day)s") % {"campaign": report.campaign.name, "day": day(local)}
    message = EmailMessage(
        subject=subject,
        body=body,
        to=[mail.user.email],
        reply_to=[organisation.contact_email],
        headers={"Message-ID": f"<{mail.public_id}@{settings.MAIL_DOMAIN}>"},
        # An organisation on trial writes to nobody, whatever server is set.
        connection=get_connection(_LOCAL, file_path=settings.ACCOUNT_OUTBOX_DIR) if organisation.outbox_only else None,
    )
    if attached:
        message.attach(report.name_of("pdf"), attached.read_bytes(), "application/pdf")
    return message


@transaction.atomic
def _sent(mail: ReportMail, *, attached: bool, now: datetime) -> None:
    ReportMail.objects.filter(pk=mail.pk).update(state=State.SENT, sent_at=now, detail="")
    facts = {"report": mail.run.report_id, "user": mail.user_id, "attached": attached}
    append_evidence(organisation=mail.run.schedule.organisation, events=[Event("report.mailed", facts)], now=now)


def _postpone(mail: ReportMail, error: Exception, now: datetime) -> None:
    wait = min(timedelta(minutes=1) * 2 ** min(mail.attempts - 1, 12), LONGEST_WAIT)
    state = State.FAILED if mail.attempts >= MAX_ATTEMPTS else State.QUEUED
    detail = f"{type(error).__name__}: {error}".replace(mail.user.email, "that address")[:300]
    ReportMail.objects.filter(pk=mail.pk).update(state=state, due_at=now + wait, detail=detail)
    logger.warning("A report could not be mailed (attempt %s): %s", mail.attempts, detail)
