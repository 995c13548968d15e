"""What waits for somebody, or has come to a halt: what the dashboard's list is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, DateTimeField, Exists, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from compliance.attestations.queries import open_help
from compliance.campaigns.models import Campaign, Message
from compliance.campaigns.queries import shown_mails
from compliance.campaigns.rules import LIVE, MessageState
from compliance.catalogue.queries import overdue_policies
from employees.models import RosterImport
from employees.queries import COMMIT_ENDS_WITHIN
from organisations.models import EvidenceJob, Organisation
from reports.models import Report, ReportBundle, ReportMail
from reports.rules import ReportState
from reports.rules.jobs import QUIET

NAGGED_FOR = timedelta(days=14)  # after that a failed report is history

WAITING, LATE, LATER, FAILED, RETURNED = "waiting", "late", "later", "failed", "returned"


@dataclass(frozen=True)
class Mails:
    """Mails of one campaign that somebody may want to look at. `waiting` are due now, `late` of them for long."""

    campaign: Campaign
    waiting: int
    late: int
    failed: int
    returned: int


def mails_to_look_at(organisation: Organisation, campaigns: Sequence[Campaign], now: datetime) -> list[Mails]:
    """Of campaigns under way, those with any, for those who read the outbox; in one query, which follows the index by
    campaign and state: nearly all mails are sent, and it meets none of them."""
    under_way = {item.pk: item for item in campaigns if item.state in LIVE}
    if not under_way:
        return []
    queued = Q(state=MessageState.QUEUED)
    kinds = Case(
        When(queued & Q(due_at__lte=now - QUIET), then=Value(LATE)),
        When(queued & Q(due_at__gt=now), then=Value(LATER)),
        When(state=MessageState.FAILED, then=Value(FAILED)),
        When(state=MessageState.BOUNCED, then=Value(RETURNED)),
        default=Value(WAITING),
        output_field=CharField(),
    )
    states = (MessageState.QUEUED, MessageState.SENDING, MessageState.FAILED, MessageState.BOUNCED)
    shown = shown_mails(organisation, people=True)
    rows = Message.objects.filter(shown, campaign__in=under_way, state__in=states).order_by()
    counts: dict[int, dict[str, int]] = {}
    for pk, what, number in rows.annotate(what=kinds).values_list("campaign", "what").annotate(number=Count("pk")):
        if what != LATER:
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
    """A job that no worker has gone on with (`what` is import, commit, report, bundle, evidence; of a bundle
    `pk` is its report), or one that failed:
    failed_report, or failed_mail of a scheduled report, whose `pk` is that of the schedule. Beside them `help` and
    `policy`: there are people who wait for help, or policies to check, and it is worth asking for them."""

    what: str
    pk: int
    since: datetime


def halted(organisation: Organisation, now: datetime, *, on: date, names: bool) -> list[Halted]:
    """Of all tables in one query, the oldest first; `names`: also reports that list people."""
    before, since = now - QUIET, Coalesce("lease_until", "since", "created_at")
    imports = RosterImport.objects.filter(organisation=organisation)
    reports, jobs = (
        Report.objects.filter(organisation=organisation),
        EvidenceJob.objects.filter(organisation=organisation),
    )
    # A commit renews no lease: once a worker has taken it up, only the time within which it ends tells that it died.
    committing = imports.filter(state=RosterImport.State.COMMITTING, since__isnull=False)
    committing = committing.filter(Q(attempts=0) | Q(since__lte=now - COMMIT_ENDS_WITHIN))
    moving = (ReportState.QUEUED, ReportState.RUNNING)
    bundles = ReportBundle.objects.filter(report__organisation=organisation, state__in=moving)
    if not names:
        reports, bundles = reports.filter(names=False), bundles.filter(report__names=False)
    failed = reports.filter(state=ReportState.FAILED, finished_at__gte=now - NAGGED_FOR)
    mails = ReportMail.objects.filter(
        state=ReportMail.State.FAILED,
        run__schedule__organisation=organisation,
        run__schedule__ended_at=None,
        run__due_at__gte=now - NAGGED_FOR,
    )
    parts: list[QuerySet[Any]] = [
        _part("import", imports.filter(state=RosterImport.State.READING), "pk", since, before),
        _part("commit", committing, "pk", F("since"), before),
        _part("report", reports.filter(state__in=moving), "pk", since, before),
        _part("bundle", bundles, "report", since, before),
        _part(
            "evidence",
            jobs.filter(state__in=(EvidenceJob.State.QUEUED, EvidenceJob.State.RUNNING)),
            "pk",
            since,
            before,
        ),
        _part("failed_report", failed, "pk", F("finished_at"), now),
        _part("failed_mail", mails, "run__schedule", F("run__due_at"), now),
        _any("help", organisation, open_help(organisation), now),
        _any("policy", organisation, overdue_policies(on), now),
    ]
    rows = parts[0].union(*parts[1:], all=True)
    return sorted((Halted(*row) for row in rows), key=lambda item: item.since)


def _any(what: str, organisation: Organisation, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """One line, of the organisation itself, where there are such rows."""
    own = Organisation.objects.filter(Exists(rows.order_by()), pk=organisation.pk)
    return _part(what, own, "pk", Value(now, output_field=DateTimeField()), now)


def _part(what: str, rows: QuerySet[Any], pk: str, since: Any, before: datetime) -> QuerySet[Any]:
    rows = rows.order_by().annotate(what=Value(what, output_field=CharField()), still=since)
    return rows.filter(still__lte=before).values_list("what", pk, "still")
