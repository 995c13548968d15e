"""Jobs that one worker does at a time: reading a roster, making a report, a look at the log."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from employees.models import RosterImport
from employees.queries import COMMIT_ENDS_WITHIN
from organisations.models import EvidenceJob
from organisations.rules import Act
from organisations.told import told
from reports.jobs.shape import Action, Job, Line, Viewer, begun, pace, stalled
from reports.localised import number
from reports.models import Report, ReportBundle
from reports.rules import KIND_NAMES, ReportKind, ReportState
from reports.rules.jobs import JobState, speed, state_of

Import = RosterImport.State
Look = EvidenceJob.State


def import_job(item: RosterImport, viewer: Viewer, now: datetime) -> Job:
    """Its file's name, and why it failed, are for those who may change the roster: both may name people."""
    may_see = viewer.may(Act.CHANGE_ROSTER)
    waits = item.claim is None and item.attempts == 0 if item.state == Import.COMMITTING else item.claim is None
    since, state = item.since or item.created_at, _import_state(item, now)
    finished = [Line(_import_result(item), item.finished_at or item.since)] if state not in _MOVING else []
    return Job(
        key=f"import-{item.pk}",
        kind=_("Roster import"),
        title=item.filename if may_see else _("Roster import"),
        state=state,
        at=item.finished_at or since,
        url=reverse("import-plan", args=[viewer.organisation.slug, item.pk]) if may_see else "",
        mine=item.created_by_id == viewer.user.pk,
        done=item.progress,
        total=100 if item.state == Import.READING else 0,
        stage=item.stage if state in _MOVING else "",
        speed=_percents(item.progress, since, now) if state == JobState.RUNNING else "",
        result="" if state in _MOVING else _import_result(item),
        advice=_import_advice(item, state, waits=waits, may_see=may_see),
        lines=[Line(_("Uploaded"), item.created_at), *begun(item.since, item.attempts, waits=waits), *finished],
        actions=_import_actions(item, viewer) if may_see else [],
    )


_MOVING = frozenset({JobState.WAITING, JobState.RUNNING, JobState.STALLED})
_IMPORT_ENDS = {
    Import.PLANNED: JobState.ASKS,
    Import.UNMAPPED: JobState.ASKS,
    Import.FAILED: JobState.FAILED,
    Import.COMMITTED: JobState.DONE,
    Import.UNDONE: JobState.CANCELLED,
    Import.DISCARDED: JobState.CANCELLED,
}


def _import_state(item: RosterImport, now: datetime) -> JobState:
    since = item.since or item.created_at
    if item.state == Import.READING:
        return state_of(waits=item.claim is None, since=since, lease_until=item.lease_until, now=now)
    if item.state == Import.COMMITTING:  # one transaction: it cannot renew a lease, but it ends within its time or died
        return state_of(waits=item.attempts == 0, since=since, lease_until=since + COMMIT_ENDS_WITHIN, now=now)
    return _IMPORT_ENDS[Import(item.state)]


def _import_result(item: RosterImport) -> str:
    if item.state == Import.COMMITTED:
        names = ("joiners", "changes", "leavers")
        joined, changed, left = (number(item.counts.get(name, 0)) for name in names)
        said = _("%(joined)s joined, %(changed)s changed, %(left)s left") % {
            "joined": joined, "changed": changed, "left": left,
        }  # fmt: skip
        rest = item.to_mend
        more = ngettext("%(number)s row was not imported", "%(number)s rows were not imported", rest)
        return f"{said}; {more % {'number': number(rest)}}" if rest else said
    return {
        Import.PLANNED: _("The plan is ready"),
        Import.UNMAPPED: _("A column that is needed was not found"),
        Import.FAILED: _("The file could not be read"),
        Import.UNDONE: _("Undone: the roster is as it was before"),
    }.get(Import(item.state), _("Deleted before it changed anything"))


def _import_advice(item: RosterImport, state: JobState, *, waits: bool, may_see: bool) -> str:
    if state == JobState.STALLED:
        return stalled(waits=waits)
    if item.state == Import.PLANNED:
        said = item.detail if may_see else ""
        return said or _("Nothing on the roster changes until somebody commits it; after 24 hours it is deleted.")
    if item.state in {Import.UNMAPPED, Import.FAILED}:
        return item.detail if may_see else _("Somebody who may change the roster has to look at it.")
    return ""


def _import_actions(item: RosterImport, viewer: Viewer) -> list[Action]:
    url = reverse("import-discard", args=[viewer.organisation.slug, item.pk])
    if item.state == Import.READING:
        return [Action(_("Cancel and delete the upload"), url)]
    if item.state in {Import.UNMAPPED, Import.FAILED, Import.PLANNED}:
        return [Action(_("Delete the upload"), url)]
    return []


def _percents(done: int, since: datetime, now: datetime) -> str:
    return pace(speed(done, 100, since=since, now=now), _("about %(number)s %% a minute"))


def report_job(item: Report, viewer: Viewer, now: datetime) -> Job:
    slug, waits = viewer.organisation.slug, item.state == ReportState.QUEUED
    since = item.since or item.created_at
    moving = item.state in {ReportState.QUEUED, ReportState.RUNNING}
    state = (
        state_of(waits=waits, since=since, lease_until=item.lease_until, now=now)
        if moving
        else JobState(item.state)
    )  # fmt: skip
    result = "" if moving else _report_result(item)
    actions = []
    if viewer.may(Act.MAKE_REPORT):
        if moving:
            actions = [Action(_("Cancel"), reverse("report-cancel", args=[slug, item.pk]))]
        elif state != JobState.DONE:
            actions = [Action(_("Try again"), reverse("report-retry", args=[slug, item.pk]))]
    kind = told(KIND_NAMES[ReportKind(item.kind)])
    return Job(
        key=f"report-{item.pk}",
        kind=_("Report"),
        title=f"{kind}, {item.country}: {item.campaign}" if item.country else f"{kind}: {item.campaign}",
        state=state,
        at=item.finished_at or since,
        url=reverse("report", args=[slug, item.pk]),
        mine=item.created_by_id == viewer.user.pk,
        done=item.progress,
        total=100 if moving else 0,
        stage=item.stage if moving else "",
        speed=_percents(item.progress, since, now) if state == JobState.RUNNING else "",
        result=result,
        advice=stalled(waits=waits) if state == JobState.STALLED else item.detail if not moving else "",
        lines=[
            Line(_("Asked for"), item.created_at)
            if item.created_by_id
            else Line(_("Due by schedule"), item.created_at),
            *begun(item.since, item.attempts, waits=waits),
            *([Line(result, item.finished_at)] if result else []),
        ],
        actions=actions,
    )


def _report_result(item: Report) -> str:
    if item.state == ReportState.DONE:
        return ngettext("Made: %(number)s page", "Made: %(number)s pages", item.pages) % {"number": number(item.pages)}
    return _("Cancelled: nothing was made") if item.state == ReportState.CANCELLED else _("It could not be made")


def bundle_job(item: ReportBundle, viewer: Viewer, now: datetime) -> Job:
    slug, waits, report = viewer.organisation.slug, item.state == ReportState.QUEUED, item.report
    since, moving = item.since or item.created_at, item.under_way
    state = (
        state_of(waits=waits, since=since, lease_until=item.lease_until, now=now)
        if moving
        else JobState(item.state)
    )  # fmt: skip
    going = speed(item.read, item.total, since=since, now=now) if state == JobState.RUNNING else None
    result = "" if moving else _bundle_result(item)
    actions = []
    if viewer.may(Act.MAKE_REPORT) and moving:
        actions = [Action(_("Cancel"), reverse("report-bundle-cancel", args=[slug, report.pk]))]
    elif viewer.may(Act.MAKE_REPORT) and state != JobState.DONE:
        actions = [Action(_("Try again"), reverse("report-bundle-new", args=[slug, report.pk]))]
    return Job(
        key=f"bundle-{item.pk}",
        kind=_("Evidence"),
        title=_("Evidence bundle of a report: %(campaign)s") % {"campaign": report.campaign},
        state=state,
        at=item.finished_at or since,
        url=reverse("report", args=[slug, report.pk]),
        mine=item.requested_by_id == viewer.user.pk,
        done=item.read,
        total=item.total if moving else 0,
        speed=pace(going, _("%(number)s entries a minute")),
        result=result,
        advice=stalled(waits=waits) if state == JobState.STALLED else "" if moving else item.detail,
        lines=[
            Line(_("Asked for"), item.created_at),
            *begun(item.since, item.attempts, waits=waits),
            *([Line(result, item.finished_at)] if result else []),
        ],
        actions=actions,
    )


def _bundle_result(item: ReportBundle) -> str:
    if item.state == ReportState.CANCELLED:
        return _("Cancelled: nothing was made")
    if item.state == ReportState.FAILED:
        return _("The bundle could not be made")
    if not item.file:
        return _("Made; its file is deleted after a day, and it can be made again")
    return ngettext("Ready: %(number)s entry", "Ready: %(number)s entries", item.read) % {"number": number(item.read)}


def evidence_job(item: EvidenceJob, viewer: Viewer, now: datetime) -> Job:
    slug, waits = viewer.organisation.slug, item.state == Look.QUEUED
    since, check = item.since or item.created_at, item.kind == EvidenceJob.Kind.CHECK
    state = (
        state_of(waits=waits, since=since, lease_until=item.lease_until, now=now)
        if item.running
        else JobState.FAILED
        if item.problems
        else JobState(item.state)
    )
    result = "" if item.running else _look_result(item)
    going = speed(item.read, item.total, since=since, now=now) if state == JobState.RUNNING else None
    return Job(
        key=f"evidence-{item.pk}",
        kind=_("Evidence"),
        title=_("Check of the evidence log") if check else _("Evidence bundle for an auditor"),
        state=state,
        at=item.finished_at or since,
        url=reverse("evidence", args=[slug]),
        mine=item.requested_by_id == viewer.user.pk,
        done=item.read,
        total=item.total if item.running else 0,
        speed=pace(going, _("%(number)s entries a minute")),
        result=result,
        advice=stalled(waits=waits) if state == JobState.STALLED else "".join(item.problems[:1]),
        lines=[
            Line(_("Asked for"), item.created_at),
            *begun(item.since, item.attempts, waits=waits),
            *([Line(result, item.finished_at)] if result else []),
        ],
        actions=_look_actions(item, state, slug) if viewer.may(Act.SEE_EVIDENCE) else [],
    )


def _look_actions(item: EvidenceJob, state: JobState, slug: str) -> list[Action]:
    if item.running:
        return [Action(_("Cancel"), reverse("evidence-cancel", args=[slug, item.pk]))]
    if state == JobState.DONE:
        return []
    again = "evidence-check" if item.kind == EvidenceJob.Kind.CHECK else "evidence-bundle"
    return [Action(_("Try again"), reverse(again, args=[slug]))]


_UNFINISHED = {
    EvidenceJob.Kind.CHECK: gettext_noop("The check could not be finished"),
    EvidenceJob.Kind.BUNDLE: gettext_noop("The bundle could not be made"),
}


def _look_result(item: EvidenceJob) -> str:
    entries = {"number": number(item.read)}
    if item.state == Look.CANCELLED:
        return _("Cancelled before the end")
    if item.state == Look.FAILED:
        return _(_UNFINISHED[EvidenceJob.Kind(item.kind)])
    if item.kind == EvidenceJob.Kind.CHECK:
        if item.problems:
            return _("The log is damaged")
        return ngettext("Whole: %(number)s entry read", "Whole: %(number)s entries read", item.read) % entries
    if not item.file:
        return _("Made; its file is deleted after a day, and it can be made again")
    return ngettext("Ready: %(number)s entry", "Ready: %(number)s entries", item.read) % entries
