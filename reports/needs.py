"""What is stuck or wants a look, each with its one action; the most pressing first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.attestations.queries import waiting_for_help
from compliance.campaigns.models import Campaign
from compliance.campaigns.rules import CampaignState
from compliance.catalogue.queries import overdue_policies, policies
from employees.queries import imports_to_look_at
from organisations.access import May
from organisations.models import Organisation
from organisations.queries import certificate_of
from organisations.rules import Act
from organisations.told import told
from reports import queries
from reports.localised import number
from reports.queries.waiting import Mails


@dataclass(frozen=True)
class Need:
    """`kind` is a status of the style guide."""

    kind: str
    label: str
    text: str
    url: str
    action: str


@dataclass(frozen=True)
class Desk:
    """Whose list it is: it holds only what they can do something about."""

    organisation: Organisation
    may: May
    campaigns: Sequence[Campaign]
    now: datetime
    on: date

    def url(self, name: str, *args: object) -> str:
        return reverse(name, args=[self.organisation.slug, *args])


def needs(desk: Desk, reopened: Mapping[str, int]) -> list[Need]:
    """What broke, who waits for an answer, what waits for a decision, what only takes time.

    `reopened`: policy → people who were asked by an older version of it."""
    names = desk.may(Act.SEE_PEOPLE) and not desk.organisation.works_council_mode
    jobs = queries.halted(desk.organisation, desk.now, on=desk.on, names=names)
    there = {job.what for job in jobs}
    found = [*_halted(desk, jobs), *_mails(desk), *_campaigns(desk), *_rows(desk), *_certificate(desk)]
    found += _reopened(desk, reopened) if desk.may(Act.RUN_CAMPAIGN) else ()
    found += _help(desk) if "help" in there else ()
    found += _overdue(desk) if "policy" in there and desk.may(Act.RUN_CAMPAIGN) else ()
    return sorted(found, key=lambda need: ("fault", "open", "draft", "queued").index(need.kind))


# --- What broke ------------------------------------------------------------------------------------------------------


def _halted(desk: Desk, jobs: Sequence[queries.Halted]) -> Iterator[Need]:
    names = {
        "import": (_("Reading a roster has stopped"), "import-plan", Act.CHANGE_ROSTER),
        "commit": (_("Changing the roster has stopped"), "import-plan", Act.CHANGE_ROSTER),
        "report": (_("Making a report has stopped"), "report", Act.MAKE_REPORT),
        "bundle": (_("Making an evidence bundle has stopped"), "report", Act.MAKE_REPORT),
        "evidence": (_("A look at the evidence log has stopped"), "evidence", Act.SEE_EVIDENCE),
    }
    for job in jobs:
        label, page, act = names.get(job.what, ("", "", Act.SEE_FIGURES))
        if page and desk.may(act):
            own = () if job.what == "evidence" else (job.pk,)
            yield Need("fault", label, _stopped(job.since), desk.url(page, *own), _("Look at it"))
    if desk.may(Act.MAKE_REPORT):
        yield from _reports(desk, [job.pk for job in jobs if job.what == "failed_report"])
        yield from _report_mails(desk, sum(job.what == "failed_mail" for job in jobs))


def _stopped(since: datetime) -> str:
    return _("No worker has gone on with it since %(when)s. Is the background worker running?") % {
        "when": date_format(localtime(since), "DATETIME_FORMAT")
    }


def _mails(desk: Desk) -> Iterator[Need]:
    for campaign in desk.campaigns if desk.may(Act.RUN_CAMPAIGN) else ():
        if campaign.state == CampaignState.PAUSED:
            label = _("%(campaign)s is paused") % {"campaign": campaign.name}
            text = campaign.pause_reason or _("No mail of it goes out until somebody resumes it.")
            yield Need("fault", label, text, desk.url("campaign", campaign.pk), _("Look at the campaign"))
    if desk.may(Act.READ_OUTBOX):
        for mails in queries.mails_to_look_at(desk.organisation, desk.campaigns, desk.now):
            yield from _mails_of(desk, mails)


def _mails_of(desk: Desk, mails: Mails) -> Iterator[Need]:
    outbox = desk.url("outbox") + f"?campaign={mails.campaign.pk}&state="
    name = {"campaign": mails.campaign.name}
    if mails.failed:
        label = ngettext("%(number)s mail failed", "%(number)s mails failed", mails.failed)
        text = _("%(campaign)s: they did not get it. The outbox says why.") % name
        yield Need("fault", label % {"number": number(mails.failed)}, text, f"{outbox}failed", _("See which failed"))
    if mails.returned:
        label = ngettext("%(number)s mail came back", "%(number)s mails came back", mails.returned)
        text = _("%(campaign)s: the address did not take it. A printed notice reaches people, too.") % name
        yield Need(
            "fault", label % {"number": number(mails.returned)}, text, f"{outbox}bounced", _("See which came back")
        )
    if mails.waiting and mails.campaign.state == CampaignState.RUNNING:
        yield _waiting(desk, mails)


def _waiting(desk: Desk, mails: Mails) -> Need:
    own, name = desk.url("campaign", mails.campaign.pk), {"campaign": mails.campaign.name}
    label = ngettext("%(number)s mail is due", "%(number)s mails are due", mails.waiting)
    label %= {"number": number(mails.waiting)}
    if not mails.late:
        return Need("queued", label, _("%(campaign)s: they are going out now.") % name, own, _("Watch them"))
    text = ngettext(
        "%(campaign)s: %(late)s has been due for more than two minutes.",
        "%(campaign)s: %(late)s have been due for more than two minutes.",
        mails.late,
    )
    return Need("queued", label, text % {**name, "late": number(mails.late)}, own, _("See what holds them up"))


def _reports(desk: Desk, failed: Sequence[int]) -> Iterator[Need]:
    newest = queries.report(desk.organisation, failed[-1]) if failed else None
    if newest:
        label = ngettext("%(number)s report could not be made", "%(number)s reports could not be made", len(failed))
        text = _("%(campaign)s: %(why)s") % {"campaign": newest.campaign.name, "why": told(newest.detail)}
        where = desk.url("report", newest.pk) if len(failed) == 1 else desk.url("reports")
        yield Need("fault", label % {"number": number(len(failed))}, text, where, _("See why"))


def _report_mails(desk: Desk, failed: int) -> Iterator[Need]:
    if failed:
        label = ngettext(
            "%(number)s mail with a scheduled report failed", "%(number)s mails with scheduled reports failed", failed
        )
        text = _("The reports are there, but not everybody on their lists has them.")
        where = desk.url("report-schedules")
        yield Need("fault", label % {"number": number(failed)}, text, where, _("Open the schedules"))


# --- Who waits for an answer, what for a decision --------------------------------------------------------------------


def _help(desk: Desk) -> Iterator[Need]:
    waiting = waiting_for_help(desk.organisation) if desk.may(Act.ANSWER_HELP) else None
    if waiting and waiting.people:
        label = ngettext("%(number)s person needs help", "%(number)s people need help", waiting.people)
        text = ngettext(
            "%(number)s request waits for a mail from a helper.",
            "%(number)s requests wait for a mail from a helper.",
            waiting.requests,
        )
        yield Need(
            "open",
            label % {"number": number(waiting.people)},
            text % {"number": number(waiting.requests)},
            desk.url("help"),
            _("Answer them"),
        )


def _campaigns(desk: Desk) -> Iterator[Need]:
    """Drafts: nothing of them goes out until somebody approves and starts them."""
    if not desk.may(Act.RUN_CAMPAIGN):
        return
    followed = {campaign.pk: campaign.name for campaign in desk.campaigns}
    for draft in desk.campaigns:
        if draft.state != CampaignState.DRAFT:
            continue
        own, name = desk.url("campaign", draft.pk), {"campaign": draft.name}
        if draft.approved_by_id:
            text = _("It is approved. Nothing goes out until somebody starts it.")
            yield Need("draft", _("%(campaign)s is ready") % name, text, own, _("Start it"))
        elif draft.follows_id:
            text = _("The next round of %(before)s is drafted. Nothing goes out until somebody starts it.")
            text %= {"before": followed.get(draft.follows_id, draft.name)}
            yield Need("draft", _("%(campaign)s waits for you") % name, text, own, _("Look at the draft"))
        else:
            text = _("It is a draft that nobody has approved or started. Nothing of it goes out.")
            yield Need("draft", _("%(campaign)s has not started") % name, text, own, _("Go on with the draft"))


def _rows(desk: Desk) -> Iterator[Need]:
    if not desk.may(Act.CHANGE_ROSTER):
        return
    for item in imports_to_look_at(desk.organisation):
        url = desk.url("import-plan", item.pk)
        if item.state == item.State.COMMITTED:
            label = ngettext("%(number)s row was not imported", "%(number)s rows were not imported", item.to_mend)
            text = _("These people are not on the roster as the file has them, so nobody may have told them.")
            yield Need("open", label % {"number": number(item.to_mend)}, text, url, _("Review the rows"))
        else:
            text = _("Nothing on the roster changes until somebody commits it; after 24 hours it is deleted.")
            label = _("%(file)s waits for you") % {"file": item.filename}
            yield Need("draft", label, text, url, _("Look at the plan"))


def _certificate(desk: Desk) -> Iterator[Need]:
    found = certificate_of(desk.organisation) if desk.may(Act.CHANGE_SETTINGS) else None
    if found is None or not (found.ended(desk.now) or found.ends_soon(desk.now)):
        return
    day, url = date_format(localtime(found.not_after), "DATE_FORMAT"), desk.url("settings-certificate")
    if found.ended(desk.now):
        label = _("The certificate that signs reports has expired")
        text = _("Its last day was %(day)s. Until there is another, or none, no report can be made.") % {"day": day}
        yield Need("fault", label, text, url, _("Set another certificate"))
    else:
        label = _("The certificate that signs reports expires soon")
        text = _("Its last day is %(day)s. After that no report can be made with it.") % {"day": day}
        yield Need("open", label, text, url, _("Set another certificate"))


def _reopened(desk: Desk, reopened: Mapping[str, int]) -> Iterator[Need]:
    for policy in policies().filter(key__in=reopened) if reopened else ():
        people = reopened[policy.key]
        label = ngettext("This re-opens %(number)s person", "This re-opens %(number)s people", people)
        text = _("A newer version of %(policy)s is in force. Nothing has been sent about it.")
        text %= {"policy": f"{policy.platform}: {_(policy.title)}"}
        url = desk.url("policy", policy.key)
        yield Need("open", label % {"number": number(people)}, text, url, _("See what changed"))


def _overdue(desk: Desk) -> Iterator[Need]:
    overdue = list(overdue_policies(desk.on))
    if overdue:
        label = ngettext(
            "%(number)s policy to check", "%(number)s policies to check", len(overdue)
        )  # each is cited, and its sources are read again by a day that it names
        oldest = overdue[0]
        text = _("The sources of %(policy)s were to be read again by %(day)s.") % {
            "policy": f"{oldest.platform}: {_(oldest.title)}",
            "day": date_format(oldest.review_due, "DATE_FORMAT"),
        }
        url = desk.url("policy", oldest.key) if len(overdue) == 1 else desk.url("policies")
        yield Need("open", label % {"number": number(len(overdue))}, text, url, _("Check the sources"))
