"""Campaign evidence: what was sent to whom when, in which words, on what grounds; and a list of the mails.

Nobody's answer can be read off it. Without names it lists the first mails, which everybody gets; who got a reminder or
a receipt depends on answers (`reports.queries.dispatches`). With names, which only those make and open who may see the
people themselves, reminders and new links are listed too.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.campaigns.rules import MessageKind
from reports import composing, wording
from reports.gateways import Sheet
from reports.kinds.content import Content, NotPossible, Step, figures_and_background, shared_facts
from reports.kinds.mail_rows import annex, headers, rows
from reports.kinds.region import ground_line
from reports.kinds.sent import Sent, kind_text
from reports.localised import moment, number
from reports.models import Report
from reports.queries import (
    Act,
    Background,
    Dispatch,
    LetterSent,
    Readiness,
    acts,
    counts_without_names,
    dispatches,
    grounds,
    letters_sent,
    listed,
)
from reports.rules import MOST_ANNEX_ROWS, Figures, Row
from reports.wording import share

_LAST = ("method", "limits", "verify", "policies", "letters")
MOST_LETTERS = 40  # with their words in the PDF; the XLSX has all
_NOBODY = Figures()
_COUNTS = ("made", "handed_over", "returned", "unknown")


def content(report: Report, step: Step) -> Content:
    campaign, as_of = report.campaign, report.as_of
    if report.names and counts_without_names(campaign):
        raise NotPossible("Answers of this campaign are counted without names, so its evidence lists no names.")
    if report.names and report.organisation.works_council_mode:
        raise NotPossible("In works-council mode no report lists names.")
    found, back = figures_and_background(report, step)
    sent = Sent(
        dispatches(campaign, as_of, names=report.names),
        *letters_sent(campaign, as_of, names=report.names, least=found.step),
        listed(campaign, as_of, names=report.names).count(),
        found.step,
        report.names,
    )
    log = acts(report.organisation, campaign, as_of)
    return Content(
        template="reports/pdf/campaign.html",
        facts={
            **shared_facts(report, found, back, _("Campaign evidence")),
            **_facts(report, found, sent),
            "grounds": list(_grounds(report, found.step)),
            "acts": [_act(item) for item in log],
            "section": {name: 5 + bool(log) + at for at, name in enumerate(_LAST)},
        },
        figures=_machine(report, found, back, sent, log),
        sheets=lambda: _sheets(report, found, back, sent),
        flat=lambda: (headers(sent), rows(report, found, sent)),
        annexes=[annex(report, found, sent)] if sent.count <= MOST_ANNEX_ROWS else [],
    )


# --- The pages -------------------------------------------------------------------------------------------------------


def _facts(report: Report, found: Readiness, sent: Sent) -> dict[str, Any]:
    first = sent.first
    gone = first.handed_over if first else 0
    arrived = gone - first.returned - first.unknown if first else 0
    return {
        "shown": True,
        "subtitle": _("What was sent, when, in which words, on what grounds"),
        "big": share(arrived, first.made, 1) if first else "–",
        "sentence": _sentence(first, arrived),
        "findings": list(_findings(report, sent)),
        "dispatches": [_dispatch(item) for item in sent.dispatches],
        "letters_few": sent.letters_few,
        "letters": [_letter(item) for item in sent.letters],
        "letters_told": [_letter(item) for item in sent.letters[:MOST_LETTERS]],
        "letters_left_out": max(0, len(sent.letters) - MOST_LETTERS),
        "terms": list(_terms(report)),
        "annex_rows": sent.count,
        "annex_most": MOST_ANNEX_ROWS,
        "annexed": sent.count <= MOST_ANNEX_ROWS,
        "names": sent.names,
    }


def _sentence(first: Dispatch | None, arrived: int) -> str:
    if first is None:
        return _("No mail had been written by then.")
    return _(
        "The first mail reached %(arrived)s of %(made)s people invited: it was accepted and has not come back."
    ) % {
        "made": number(first.made),
        "arrived": number(arrived),
    }


def _findings(report: Report, sent: Sent) -> Iterator[str]:
    first = sent.first
    if first is None:
        yield _sentence(first, 0)
        return
    yield from _fates(first)
    yield _reminders(report)
    yield ngettext(
        "%(letters)s text was used; its words stand below as they went out.",
        "%(letters)s texts were used; their words stand below as they went out.",
        len(sent.letters),
    ) % {"letters": number(len(sent.letters))}


def _fates(first: Dispatch) -> Iterator[str]:
    facts = {
        "made": number(first.made),
        "gone": number(first.handed_over),
        "begun": moment(first.first and first.first.astimezone(UTC)),
        "ended": moment(first.last and first.last.astimezone(UTC)),
    }
    yield (
        ngettext(
            "%(gone)s of %(made)s first mails was handed over, from %(begun)s to %(ended)s UTC.",
            "%(gone)s of %(made)s first mails were handed over, from %(begun)s to %(ended)s UTC.",
            first.handed_over,
        )
        % facts
    )
    if first.returned:
        yield ngettext(
            "%(number)s first mail came back.", "%(number)s first mails came back.", first.returned
        ) % {"number": number(first.returned)}  # fmt: skip
    if first.unknown:
        yield ngettext(
            "Of %(number)s first mail it is not known whether it arrived.",
            "Of %(number)s first mails it is not known whether they arrived.",
            first.unknown,
        ) % {"number": number(first.unknown)}
    if waiting := first.made - first.handed_over:
        yield ngettext(
            "%(number)s first mail had not gone out by then.",
            "%(number)s first mails had not gone out by then.",
            waiting,
        ) % {"number": number(waiting)}


def _reminders(report: Report) -> str:
    campaign = report.campaign
    if not campaign.reminders:
        return _("No reminder follows.")
    return ngettext(
        "Reminders to each person: at most %(most)s, %(days)s working day apart, and none after an answer.",
        "Reminders to each person: at most %(most)s, %(days)s working days apart, and none after an answer.",
        campaign.reminder_days,
    ) % {"most": number(campaign.reminders), "days": number(campaign.reminder_days)}


def _dispatch(item: Dispatch) -> dict[str, str]:
    return {
        "name": kind_text(item.kind, item.step),
        **{name: number(getattr(item, name)) for name in _COUNTS},
        "first": moment(item.first and item.first.astimezone(UTC)),
        "last": moment(item.last and item.last.astimezone(UTC)),
    }


def _letter(item: LetterSent) -> dict[str, Any]:
    return {
        "number": f"L{item.number}",
        "kind": kind_text(item.kind, 1) if item.kind != MessageKind.REMINDER else _("Reminder"),
        "language": wording.language_name(item.row.language),
        "code": item.row.language,
        "subject": item.row.subject,
        "mails": number(item.mails),
        "first": moment(item.first.astimezone(UTC)),
        "last": moment(item.last.astimezone(UTC)),
        "sha256": item.row.sha256,
        "text": composing.with_gaps(item.row.text),
    }


def _terms(report: Report) -> Iterator[tuple[str, str]]:
    campaign = report.campaign
    yield _("Started"), moment(campaign.started_at and campaign.started_at.astimezone(UTC))
    yield _("Links end"), moment(campaign.closes_at.astimezone(UTC))
    yield _("Approved by a second person"), moment(campaign.approved_at and campaign.approved_at.astimezone(UTC))
    basis = {
        "legitimate_interest": _("legitimate interest"),
        "legal_obligation": _("legal obligation"),
        "public_task": _("public task"),
    }
    yield _("Lawful basis"), basis.get(campaign.lawful_basis, "–")
    yield _("Privacy notice"), campaign.notice or "–"
    yield (
        _("Named answers are kept"),
        ngettext("%(days)s day after the end", "%(days)s days after the end", campaign.retention_days)
        % {"days": number(campaign.retention_days)},
    )
    yield _("Works council"), campaign.works_council or "–"
    yield _("Words to staff"), campaign.why or "–"


def _grounds(report: Report, step: int) -> Iterator[dict[str, str]]:
    for item in grounds(report.campaign, report.as_of):
        if item.people < step and not report.names:
            continue  # a person's own case
        places = [wording.region_name(Row((code,), _NOBODY)) for code in item.countries]
        yield {**ground_line(item), "places": ", ".join(sorted(places)), "people": number(item.people)}


def _act(item: Act) -> dict[str, str]:
    words = {
        "campaign.started": _("Started"),
        "campaign.approved": _("Approved by a second person"),
        "campaign.works_council_noted": _("Agreement with the works council noted"),
        "campaign.followed_roster": _("Followed a change of the roster"),
        "campaign.paused": _("Paused"),
        "campaign.resumed": _("Resumed"),
        "campaign.closed": _("Closed"),
        "campaign.cancelled": _("Cancelled"),
        "campaign.sent_again": _("Mails sent again"),
        "campaign.notices_printed": _("Notices printed"),
        "campaign.links_exported": _("Links exported"),
    }
    return {
        "seq": number(item.seq),
        "at": moment(item.at.astimezone(UTC)),
        "what": words.get(item.kind, item.kind),
        "hash": item.hash[:16],
    }


# --- For machines and spreadsheets -----------------------------------------------------------------------------------


def _machine(report: Report, found: Readiness, back: Background, sent: Sent, log: Sequence[Act]) -> dict[str, Any]:
    def counts(item: Dispatch) -> dict[str, Any]:
        return {
            "kind": item.kind,
            "step": item.step,
            **{name: getattr(item, name) for name in _COUNTS},
            "first": item.first and item.first.astimezone(UTC).isoformat(),
            "last": item.last and item.last.astimezone(UTC).isoformat(),
        }

    return {
        **composing.machine_head(report, found, back),
        "names": sent.names,
        "mails": [counts(item) for item in sent.dispatches],
        "texts": [
            {"text": f"L{item.number}", "kind": item.kind, "language": item.row.language, "sha256": item.row.sha256}
            for item in sent.letters
        ],
        "annex_rows": sent.count,
        "policies": [
            {"policy": item.row.policy.key, "version": item.row.key, "sha256": item.row.sha256}
            for item in back.versions
        ],
        "log": [{"seq": item.seq, "at": item.at.isoformat(), "kind": item.kind, "hash": item.hash} for item in log],
    }


def _sheets(report: Report, found: Readiness, back: Background, sent: Sent) -> Iterator[Sheet]:
    about: list[Sequence[str | int]] = [
        [_("Organisation"), report.organisation.name],
        [_("Campaign"), report.campaign.name],
        [_("As of"), report.as_of.isoformat()],
        *_terms(report),
        [_("Evidence log"), back.log.hash],
    ]
    yield Sheet(_("Summary"), [_("What"), _("Figure")], about, widths=(34, 70))
    heads = [_("Mail"), _("Written"), _("Handed over"), _("Came back"), _("Not known"), _("First"), _("Last")]
    yield Sheet(_("Counts"), heads, [list(_dispatch(item).values()) for item in sent.dispatches], widths=(28,))
    told = [_letter(item) for item in sent.letters]
    names = ("number", "kind", "code", "subject", "mails", "first", "last", "sha256", "text")
    heads = [
        _("Text"), _("Mail"), _("Language"), _("Subject"), _("Mails"), _("First"), _("Last"), "SHA-256", _("Words"),
    ]  # fmt: skip
    yield Sheet(_("Texts"), heads, [[item[name] for name in names] for item in told], widths=(8, 18, 10, 50))
    yield Sheet(_("Mails"), headers(sent), rows(report, found, sent), widths=(8, 38, 16, 20, 8, 20, 18, 28, 34))
