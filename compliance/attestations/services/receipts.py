"""Receipts: as a file, and by mail. Neither says what was answered: a mailbox at work has other readers."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from compliance.attestations.models import Attestation
from compliance.attestations.queries import Visit, invitation_of
from compliance.campaigns.letters.notes import write_note
from compliance.campaigns.models import Message
from compliance.campaigns.rules import MessageKind
from compliance.campaigns.services import queue_note
from compliance.catalogue.wording import said

MAILS = 10  # receipts that one person may have mailed in one campaign


def receipt_facts(code: str, answers: Sequence[Attestation]) -> list[str]:
    """A line for everything that a receipt says, in the language in use."""
    facts = [(_("Code"), code)]
    for row in answers:
        version = row.request.policy_version
        facts += [
            (_("About"), f"{version.policy.platform}: {said(version.policy.title)} ({version.key})"),
            (_("Recorded"), f"{_when(row.created_at)} UTC"),
            (_("Text of the page (SHA-256)"), row.statement_sha256),
        ]
    facts.append((_("To check it"), f"{settings.BASE_URL}/receipt/"))
    return [_("%(name)s: %(value)s") % {"name": name, "value": value} for name, value in facts]


def _when(at: datetime) -> str:
    return formats.date_format(at.astimezone(timezone.get_fixed_timezone(0)), "DATETIME_FORMAT")


def receipt_text(*, visit: Visit, code: str, answers: Sequence[Attestation]) -> str:
    """The receipt as a text file, in the language in use."""
    lines = [visit.organisation, _("Receipt for your answer"), ""]
    lines += receipt_facts(code, answers)
    lines += ["", _("The receipt says that you answered, and not what.")]
    return "\n".join(lines) + "\n"


def mail_receipt(*, visit: Visit, language: str, code: str, answers: Sequence[Attestation], now: datetime) -> bool:
    """Queues the receipt to the address on file, once for each answer; whether it did."""
    invitation = invitation_of(visit.pk)
    mailed = Message.objects.filter(invitation=invitation, kind=MessageKind.RECEIPT)
    if mailed.count() >= MAILS or mailed.filter(letter__text__contains=code).exists():
        return False
    with translation.override(language):
        words = write_note(
            invitation,
            language,
            subject=_("Receipt for your answer"),
            paragraphs=[
                _("You asked for a receipt: here it is."),
                _("The receipt says that you answered, and not what."),
            ],
            facts=receipt_facts(code, answers),
        )
    queue_note(invitation=invitation, kind=MessageKind.RECEIPT, words=words, now=now)
    return True
