"""What waits for somebody, or has come to a halt: what the dashboard's list is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from compliance.campaigns.models import Campaign, Message
from compliance.campaigns.queries import shown_mails
from compliance.campaigns.rules import LIVE, MessageState
from employees.models import RosterImport
from organisations.models import EvidenceJob, Organisation
from reports.models import Report, ReportMail, ReportSchedule
from reports.rules import ReportState

STALLED_AFTER = timedelta(minutes=10)  # a worker takes a job within seconds; sweeps ring for it every 15
NAGGED_FOR = timedelta(days=14)  # after that a failed report is history

WAITING, LATE, FAILED, RETURNED = "waiting", "late", "failed", "returned"


@dataclass(frozen=True)
class Mails:
    """Mails of one campaign that somebody may want to look at. `waiting` are due now, `late` of them for long."""

    campaign: Campaign
    waiting: int
    late: int
    failed: int
    returned: int


def mails_to_look_at(organisation: Organisation, campaigns: Sequence[Campaign], now: datetime) -> list[Mails]:
    """Of campaigns under way, those with any; in one query, whose parts each follow an index."""
    under_way = {item.pk: item for item in campaigns if item.state in LIVE}
    if not under_way:
        return []
    late = Q(state=MessageState.QUEUED, due_at__lte=now - STALLED_AFTER)
    kinds = Case(
        When(late, then=Value(LATE)),
        When(state=MessageState.FAILED, then=Value(FAILED)),
        When(state=MessageState.BOUNCED, then=Value(RETURNED)),
        default=Value(WAITING),
        output_field=CharField(),
    )
    due = Q(state=MessageState.QUEUED, due_at__lte=now)
    ended = Q(state__in=(MessageState.SENDING, MessageState.FAILED, MessageState.BOUNCED))
    rows = Message.objects.filter(due | ended, shown_mails(organisation), campaign__in=under_way).order_by()
    counts: dict[int, dict[str, int]] = {}
    for pk, what, number in rows.annotate(what=kinds).values_list("campaign", "what").annotate(number=Count("pk")):
        counts.setdefault(pk, {})[what] = number
    return [
        Mails(
            under_way[pk],
            waiting=found.get(WAITING, 0) + found.get(LATE, 0),
            late=found.get(LATE, 0),
            failed=found.get(FAILED, 0),
            returned=found.get(RETURNED, 0),
        )
        for pk, found in sorted(counts.items())
    ]


@dataclass(frozen=True)
class Halted:
    """A job that no worker has taken for long: `what` is import, report or evidence."""

    what: str
    pk: int
    since: datetime


def halted(organisation: Organisation, now: datetime) -> list[Halted]:
    """Of all three tables in one query, the oldest first."""
    before = now - STALLED_AFTER
    since = Coalesce("lease_until", "created_at")
    parts: list[tuple[str, QuerySet[RosterImport] | QuerySet[Report] | QuerySet[EvidenceJob]]] = [
        (
            "import",
            # One that waits to be committed has lain there since somebody looked at its plan: only a lease tells.
            RosterImport.objects.filter(organisation=organisation).filter(
                Q(state=RosterImport.State.READING) | Q(state=RosterImport.State.COMMITTING, lease_until__isnull=False)
            ),
        ),
        (
            "report",
            Report.objects.filter(organisation=organisation, state__in=(ReportState.QUEUED, ReportState.RUNNING)),
        ),
        (
            "evidence",
            EvidenceJob.objects.filter(
                organisation=organisation, state__in=(EvidenceJob.State.QUEUED, EvidenceJob.State.RUNNING)
            ),
        ),
    ]
    rows = [
        part.order_by()
        .annotate(what=Value(what, output_field=CharField()), since=since)
        .filter(since__lte=before)
        .values_list("what", "pk", "since")
        for what, part in parts
    ]
    return sorted((Halted(*row) for row in rows[0].union(*rows[1:], all=True)), key=lambda item: item.since)


def failed_reports(organisation: Organisation, now: datetime, *, names: bool) -> QuerySet[Report]:
    """The newest first; `names`: also those that list people. One that was asked for again is no failure any more."""
    rows = Report.objects.filter(
        organisation=organisation, state=ReportState.FAILED, finished_at__gte=now - NAGGED_FOR
    ).select_related("campaign")
    return (rows if names else rows.filter(names=False)).order_by("-id")


def schedules_in_trouble(organisation: Organisation, now: datetime) -> list[tuple[str, int]]:
    """Campaign of a running schedule and how many of its mails could not be delivered lately."""
    rows = ReportMail.objects.filter(
        state=ReportMail.State.FAILED,
        run__schedule__organisation=organisation,
        run__schedule__in=ReportSchedule.objects.filter(organisation=organisation, ended_at=None),
        run__due_at__gte=now - NAGGED_FOR,
    )
    counted = rows.order_by("run__schedule__campaign__name").values_list("run__schedule__campaign__name")
    return list(counted.annotate(number=Count("pk")))
