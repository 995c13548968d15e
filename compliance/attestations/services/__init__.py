"""Every write of the employee's page, and of the helpers who answer it."""

from compliance.attestations.services.counting import publish_counts
from compliance.attestations.services.help_templates import forget_template, keep_template
from compliance.attestations.services.helping import (
    HelpRefused,
    answer_help,
    assign_help,
    close_help,
    reopen_help,
    take_help,
    written,
)
from compliance.attestations.services.receipts import mail_receipt, receipt_text
from compliance.attestations.services.reconciling import reconcile_answers
from compliance.attestations.services.recording import AnswerRefused, Receipt, record

__all__ = [
    "AnswerRefused",
    "HelpRefused",
    "Receipt",
    "answer_help",
    "assign_help",
    "close_help",
    "forget_template",
    "keep_template",
    "mail_receipt",
    "publish_counts",
    "receipt_text",
    "reconcile_answers",
    "record",
    "reopen_help",
    "take_help",
    "written",
]
