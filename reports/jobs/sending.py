"""The mails of a campaign as one job, and schedules with what comes next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.campaigns.queries import Send, mails_stay_here
from compliance.campaigns.rules import LIVE, CampaignState, MessageState
from organisations.rules import Act
from reports.forms import WHEN
from reports.jobs.shape import Action, Job, Line, Viewer, pace
from reports.localised import number
from reports.models import ReportSchedule, ScheduledRun
from reports.rules import ReportState, Rhythm
from reports.rules.jobs import MEASURED, QUIET, JobState, Speed
from reports.rules.schedules import rhythmic


def send_job(send: Send, viewer: Viewer, now: datetime) -> Job:
    campaign, state = send.campaign, _state(send, now)
    slug, may_read = viewer.organisation.slug, viewer.may(Act.READ_OUTBOX)
    failed = send.counts.get(MessageState.FAILED, 0)
    result = _gone(send, viewer) % {"number": number(send.gone)}
    if failed:
        result += ", " + ngettext("%(number)s failed", "%(number)s failed", failed) % {"number": number(failed)}
    lines = [Line(_("Started"), campaign.started_at), Line(result)]
    if send.held_up:
        text = ngettext(
            "%(number)s mail waits to be tried again", "%(number)s mails wait to be tried again", send.held_up
        )
        lines.append(Line(text % {"number": number(send.held_up)}, send.next_at))
    return Job(
        key=f"send-{campaign.pk}",
        kind=_("Mails"),
        title=campaign.name,
        state=state,
        at=(campaign.started_at or campaign.created_at) if campaign.state in LIVE else campaign.closes_at,
        url=reverse("campaign", args=[slug, campaign.pk]),
        mine=campaign.created_by_id == viewer.user.pk,
        done=send.total - send.waiting,
        total=send.total if send.waiting else 0,
        stage=_stage(send) if send.waiting else "",
        speed=_speed(send, now) if state == JobState.RUNNING else "",
        result="" if send.waiting else result,
        advice=_advice(send, state, may_read=may_read),
        lines=lines,
        actions=_actions(send, viewer),
    )


def _gone(send: Send, viewer: Viewer) -> str:
    if mails_stay_here(viewer.organisation):
        return ngettext(
            "%(number)s mail was written to a file on this machine, for nobody",
            "%(number)s mails were written to files on this machine, for nobody",
            send.gone,
        )
    return ngettext("%(number)s mail went out", "%(number)s mails went out", send.gone)


def _state(send: Send, now: datetime) -> JobState:
    if send.campaign.state == CampaignState.PAUSED:
        return JobState.ASKS if send.waiting else JobState.DONE
    if send.campaign.state != CampaignState.RUNNING:
        return JobState.CANCELLED if send.campaign.state == CampaignState.CANCELLED else JobState.DONE
    if not send.waiting:
        return JobState.FAILED if send.counts.get(MessageState.FAILED) else JobState.DONE
    overdue = send.first_due_at is not None and now - send.first_due_at > QUIET
    if not send.moving and (overdue or send.held_up):
        return JobState.STALLED
    return JobState.RUNNING if send.due or send.counts.get(MessageState.SENDING) else JobState.WAITING


def _stage(send: Send) -> str:
    if send.due or not send.next_at:
        return ""
    at = date_format(localtime(send.next_at), "DATETIME_FORMAT")
    text = ngettext(
        "%(number)s waits for its time; the next one goes on %(at)s",
        "%(number)s wait for their time; the next one goes on %(at)s",
        send.later,
    )
    return text % {"number": number(send.later), "at": at}


def _speed(send: Send, now: datetime) -> str:
    """By what went in the last minutes, from the first of it on; the time left is that of the mails that are due."""
    took = now - send.recent_since if send.recent_since else timedelta(0)
    if took < MEASURED:
        return ""
    left = took * (send.due / send.recent) if send.due else None
    return pace(Speed(send.recent / (took.total_seconds() / 60), left), _("%(number)s mails a minute"))


def _advice(send: Send, state: JobState, *, may_read: bool) -> str:
    if state == JobState.ASKS:
        return send.campaign.pause_reason
    if state == JobState.STALLED:
        if send.held_up and send.said and may_read:
            said = _("No mail gets through. The mail server said last: %(said)s. It is tried again by itself.")
            return said % {"said": send.said.rstrip(".")}
        return _(
            "Mails are due, and none has gone out for minutes. Ask whoever runs the server whether the worker and the "
            "mail server run; nothing is lost, and they go on by themselves."
        )
    if state == JobState.FAILED:
        return _("Their mail server refused them for good. The outbox says why; printed notices reach them too.")
    return ""


def _actions(send: Send, viewer: Viewer) -> list[Action]:
    args = [viewer.organisation.slug, send.campaign.pk]
    found = []
    if send.campaign.state == CampaignState.PAUSED and viewer.may(Act.RUN_CAMPAIGN):
        found.append(Action(_("Resume its mails"), reverse("campaign-resume", args=args)))
    elif send.campaign.state == CampaignState.RUNNING and send.waiting and viewer.may(Act.RUN_CAMPAIGN):
        found.append(Action(_("Pause its mails"), reverse("campaign-pause", args=args)))
    failed = send.counts.get(MessageState.FAILED, 0)
    if failed and send.campaign.state in LIVE and viewer.may(Act.SEND):
        label = ngettext("Send the %(number)s failed again", "Send the %(number)s failed again", failed)
        url = reverse("campaign-send-again", args=args)
        found.append(Action(label % {"number": number(failed)}, url, "failed"))
    return found


@dataclass(frozen=True)
class Planned:
    """A schedule: what it makes, when next (or in words, when), and what became of the last time."""

    title: str
    when: str
    next_at: datetime | None
    last: ScheduledRun | None
    trouble: str


def planned(schedule: ReportSchedule, last: ScheduledRun | None, now: datetime) -> Planned:
    rhythm = Rhythm(schedule.rhythm)
    coming = []
    if rhythm is not Rhythm.MILESTONES:
        coming = rhythmic(rhythm, schedule.organisation.zone, now, now + timedelta(days=32))[:1]
    next_at = coming[0].at if coming and coming[0].at <= schedule.campaign.closes_at else None
    trouble = ""
    if last and last.report and last.report.state == ReportState.FAILED:
        trouble = _("The last report could not be made")
    elif last and (unsent := getattr(last, "unsent", 0)):
        text = ngettext("%(number)s mail about it failed", "%(number)s mails about it failed", unsent)
        trouble = text % {"number": number(unsent)}
    return Planned(schedule.campaign.name, str(WHEN[rhythm]), next_at, last, trouble)
