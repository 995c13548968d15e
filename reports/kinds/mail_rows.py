"""Campaign evidence, one row a mail: for the annex of the PDF, and for XLSX and CSV."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from reports import wording
from reports.kinds.content import AnnexTable
from reports.kinds.sent import Sent, kind_text
from reports.models import Report
from reports.press.job import Column
from reports.queries import Mail, Readiness, mails
from reports.rules import Figures, Row

_NOBODY = Figures()


def outcome_text(outcome: str) -> str:
    return {
        "handed_over": _("handed over"),
        "returned": _("came back"),
        "unknown": _("not known"),
        "waiting": _("not gone out"),
    }[outcome]


def _columns(sent: Sent) -> list[Column]:
    first = [Column(_("No."), 4, right=True)]
    last = [Column(_("Handed over (UTC)"), 8), Column(_("What became of it"), 8)]
    if sent.names:
        people = [Column(_("To"), 12), Column(_("Address"), 14), Column(_("Mail"), 7), Column(_("Text"), 3)]
        return [*first, *people, *last]
    return [*first, Column(_("Number of the mail"), 19), Column(_("Country"), 10), Column(_("Text"), 3), *last]


def headers(sent: Sent) -> list[str]:
    common = [_("No."), _("Number of the mail"), _("Mail"), _("Country"), _("Text"), _("Handed over (UTC)")]
    people = [_("To"), _("Address")] if sent.names else []
    return [*common, _("What became of it"), *people]


class _Words:
    """Texts of one mail's cells; what is alike for many is looked up once."""

    def __init__(self, found: Readiness, sent: Sent) -> None:
        self.sent = sent
        self.letters = {(item.row.pk, item.kind): f"L{item.number}" for item in sent.letters}
        self.large = {
            code for row in found.regions if not row.merged and _people(row) >= found.step for code in row.codes
        }
        self.outcomes = {name: outcome_text(name) for name in ("handed_over", "returned", "unknown", "waiting")}

    def place(self, code: str) -> str:
        """A country that the report's tables name; any other is a smaller one."""
        if self.sent.names or code in self.large:
            return wording.region_name(Row((code,), _NOBODY))
        return _("a smaller country")

    def letter(self, mail: Mail) -> str:
        return self.letters.get((mail.letter, mail.kind), "·") if mail.letter and mail.gone else "–"


def _people(row: Row) -> int:
    return row.figures.asked + row.figures.informed


def _gone(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else "–"


def rows(report: Report, found: Readiness, sent: Sent) -> Iterator[list[str | int]]:
    """For XLSX and CSV."""
    words = _Words(found, sent)
    for at, mail in enumerate(mails(report.campaign, report.as_of, names=sent.names), start=1):
        people = [mail.name, mail.address] if sent.names else []
        yield [
            at, mail.public_id, kind_text(mail.kind, mail.step), words.place(mail.country), words.letter(mail),
            _gone(mail.gone), words.outcomes[mail.outcome], *people,
        ]  # fmt: skip


def _annex_rows(report: Report, found: Readiness, sent: Sent) -> Iterator[list[str]]:
    words = _Words(found, sent)
    for at, mail in enumerate(mails(report.campaign, report.as_of, names=sent.names), start=1):
        gone, outcome = _gone(mail.gone)[:16], words.outcomes[mail.outcome]
        if sent.names:
            kind = kind_text(mail.kind, mail.step)
            yield [str(at), mail.name, mail.address, kind, words.letter(mail), gone, outcome]
        else:
            yield [str(at), mail.public_id, words.place(mail.country), words.letter(mail), gone, outcome]


def annex(report: Report, found: Readiness, sent: Sent) -> AnnexTable:
    if sent.names:
        note = _(
            "First mails, reminders and new links, with name and address as they were then. Receipts and answers to "
            "requests for help are not listed: they follow from what somebody said. Confidential."
        )
    else:
        note = _(
            "One row for each person’s first mail, by the mail’s own number, which is in its Message-ID and in the "
            "mail server’s log. Reminders and receipts are not listed: who gets one depends on who has answered."
        )
    return AnnexTable(
        title=_("Annex A: every mail"),
        note=note,
        columns=_columns(sent),
        rows=lambda: _annex_rows(report, found, sent),
        count=sent.count,
    )
