"""Scheduled reports: what is due, what was made, who gets it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet

from compliance.campaigns.models import Campaign
from organisations.models import Membership, Organisation, User
from organisations.rules import Act, Role, may
from reports.models import Report, ReportMail, ReportSchedule, ScheduledRun
from reports.queries.readiness import effective_days
from reports.rules import Occasion, ReportState, Rhythm, differences, due


def schedules(organisation: Organisation) -> QuerySet[ReportSchedule]:
    rows = ReportSchedule.objects.filter(organisation=organisation, ended_at=None).order_by("id")
    return rows.select_related("campaign").prefetch_related("recipients")


def last_runs(organisation: Organisation) -> dict[int, ScheduledRun]:
    """Schedule → its last run with the report, and `unsent`: how many of its mails failed."""
    failed = Count("mails", filter=Q(mails__state=ReportMail.State.FAILED))
    rows = ScheduledRun.objects.filter(schedule__organisation=organisation, schedule__ended_at=None)
    found = rows.select_related("report").annotate(unsent=failed).order_by("-due_at", "-id")[:200]
    return {run.schedule_id: run for run in reversed(found)}


def living_schedules() -> QuerySet[ReportSchedule]:
    """Of all organisations."""
    return ReportSchedule.objects.filter(ended_at=None).select_related("organisation", "campaign").order_by("id")


def occasions(schedule: ReportSchedule, now: datetime) -> list[Occasion]:
    """What is due and has no run yet, oldest first."""
    had = dict(schedule.runs.values_list("key", "due_at"))
    rhythm, zone = Rhythm(schedule.rhythm), schedule.organisation.zone
    last = max(had.values(), default=schedule.created_at) if rhythm is not Rhythm.MILESTONES else schedule.created_at
    campaign = schedule.campaign
    days = set(effective_days(campaign).values()) if rhythm is Rhythm.MILESTONES else set()
    found = due(rhythm, zone, since=last, now=now, effective=days, ended=ended_at(campaign, now))
    return [item for item in found if item.key not in had]


def ended_at(campaign: Campaign, now: datetime) -> datetime | None:
    """When a campaign ended: its last moment, which closing it brings forward."""
    return campaign.closes_at if campaign.closes_at <= now else None


def eligible(organisation: Organisation) -> list[User]:
    """Members who may make reports, by address."""
    roles = [role.value for role in Role if may(role, Act.MAKE_REPORT)]
    rows = Membership.objects.filter(organisation=organisation, role__in=roles, user__is_active=True)
    rows = rows.filter(disabled_at=None)
    return [row.user for row in rows.select_related("user").order_by("user__email")]


def to_announce() -> QuerySet[ScheduledRun]:
    """Runs whose report is made and whose mails are not queued yet."""
    rows = ScheduledRun.objects.filter(announced_at=None, report__state=ReportState.DONE)
    return rows.select_related("schedule__organisation", "report").order_by("id")


def due_report_mails(now: datetime) -> list[int]:
    rows = ReportMail.objects.filter(state=ReportMail.State.QUEUED, due_at__lte=now)
    return list(rows.order_by("due_at", "pk").values_list("pk", flat=True)[:200])


@dataclass(frozen=True)
class Past:
    """A run with what changed since the one before it: name of a figure → difference, or None where held back."""

    run: ScheduledRun
    changes: dict[str, int | None]


def history(schedule: ReportSchedule, most: int = 12) -> list[Past]:
    """The newest first."""
    mails = Prefetch("mails", ReportMail.objects.exclude(state=ReportMail.State.SENT).select_related("user"))
    rows = schedule.runs.select_related("report").prefetch_related(mails).order_by("-due_at", "-id")[: most + 1]
    runs = list(rows)
    return [Past(run, changes(run, runs[at + 1 :])) for at, run in enumerate(runs[:most])]


def changes(run: ScheduledRun, earlier: list[ScheduledRun]) -> dict[str, int | None]:
    """Against the last run before it that has figures; empty where there is none."""
    before = next((item.report for item in earlier if item.report and item.report.figures), None)
    if run.report is None or not run.report.figures or before is None:
        return {}
    return differences(run.report.figures, before.figures, run.schedule.organisation.smallest_group)


def earlier_runs(run: ScheduledRun) -> list[ScheduledRun]:
    rows = ScheduledRun.objects.filter(schedule=run.schedule_id, due_at__lt=run.due_at).select_related("report")
    return list(rows.order_by("-due_at")[:5])


def reports_to_forget(now: datetime) -> list[int]:
    """Made reports whose files have been kept for as long as their organisation says; of all organisations."""
    found: list[int] = []
    for organisation in Organisation.objects.exclude(report_days=None).order_by("pk"):
        until = now - timedelta(days=organisation.report_days or 0)
        rows = _with_files(organisation).filter(finished_at__lt=until)
        found += rows.values_list("pk", flat=True)[:200]
    return found


def _with_files(organisation: Organisation) -> QuerySet[Report]:
    return Report.objects.filter(organisation=organisation, state=ReportState.DONE).exclude(files={}).order_by("pk")
