"""Scheduled reports: set, made when they are due, mailed when they are made."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from compliance.campaigns.models import Campaign
from organisations.here import within
from organisations.models import Organisation, User
from organisations.services import Event, append_evidence
from reports.models import ReportMail, ReportSchedule, ScheduledRun
from reports.queries.schedules import eligible, occasions
from reports.rules import Occasion, Paper, Rhythm, Sending
from reports.services.jobs import request_report


@transaction.atomic
def set_schedule(
    *,
    organisation: Organisation,
    campaign: Campaign,
    rhythm: Rhythm,
    sending: Sending,
    language: str,
    paper: Paper,
    recipients: Sequence[User],
    user: User,
    now: datetime,
) -> ReportSchedule:
    """From now on; nothing that was due before is made. Only members who may make reports get it."""
    schedule = ReportSchedule.objects.create(
        organisation=organisation,
        campaign=campaign,
        rhythm=rhythm,
        sending=sending,
        language=language,
        paper=paper,
        created_by=user,
        created_at=now,
    )
    schedule.recipients.set([member for member in eligible(organisation) if member in recipients])
    facts = {
        "schedule": schedule.pk, "campaign": campaign.pk, "rhythm": rhythm, "sending": sending, "user": user.pk,
        "recipients": sorted(schedule.recipients.values_list("pk", flat=True)),
    }  # fmt: skip
    append_evidence(organisation=organisation, events=[Event("report.schedule_set", facts)], now=now)
    return schedule


@transaction.atomic
def end_schedule(*, schedule: ReportSchedule, user: User, now: datetime) -> bool:
    """Its reports stay. False when it had ended."""
    if not ReportSchedule.objects.filter(pk=schedule.pk, ended_at=None).update(ended_at=now):
        return False
    event = Event("report.schedule_ended", {"schedule": schedule.pk, "user": user.pk})
    append_evidence(organisation=schedule.organisation, events=[event], now=now)
    return True


def run_due(*, schedule: ReportSchedule, now: datetime) -> list[int]:
    """Asks for the reports that are due; returns their numbers. Whoever comes second asks for none."""
    with within(schedule.organisation_id, schedule):
        made = [_run(schedule, occasion, now) for occasion in occasions(schedule, now)]
    return [number for number in made if number]


@transaction.atomic
def _run(schedule: ReportSchedule, occasion: Occasion, now: datetime) -> int | None:
    # The unique row comes first: another worker waits for this transaction, and then finds it.
    defaults = {"why": occasion.why, "due_at": occasion.at}
    run, new = ScheduledRun.objects.get_or_create(schedule=schedule, key=occasion.key, defaults=defaults)
    if not new:
        return None
    run.report = request_report(
        organisation=schedule.organisation,
        campaign=schedule.campaign,
        user=schedule.created_by,
        now=now,
        as_of=occasion.at,  # a late report says what it would have said on time
        language=schedule.language,
        paper=Paper(schedule.paper),
    )
    run.save(update_fields=["report"])
    return run.report.pk


@transaction.atomic
def announce(*, run: ScheduledRun, now: datetime) -> bool:
    """Queues the mails about a report that is made. False when somebody else has."""
    if not ScheduledRun.objects.filter(pk=run.pk, announced_at=None).update(announced_at=now):
        return False
    members = run.schedule.recipients.order_by("pk")
    ReportMail.objects.bulk_create([ReportMail(run=run, user=member, due_at=now) for member in members])
    return True
