"""Which jobs the bar has to look at: under way, gone wrong lately, or remembered; in one query, on every page."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from compliance.campaigns.models import Campaign, Message
from compliance.campaigns.queries import shown_mails
from compliance.campaigns.rules import CampaignState, MessageState
from employees.models import RosterImport
from organisations.models import EvidenceJob, Organisation
from reports.models import Report, ReportBundle
from reports.rules import ReportState

Numbers = dict[str, set[int]]
"""Kind of job, as its key begins → numbers of its rows."""


def calling(
    organisation: Organisation, now: datetime, *, lately: timedelta, people: bool, also: Iterable[str]
) -> Numbers:
    """`also`: keys of jobs that are wanted whatever became of them. `people`: whether the viewer may see them."""
    remembered: Numbers = {}
    for key in also:
        kind, _, number = key.partition("-")
        if number.isascii() and number.isdecimal() and len(number) < 19:
            remembered.setdefault(kind, set()).add(int(number))
    since, look = now - lately, EvidenceJob.State
    imports = RosterImport.objects.filter(organisation=organisation).alias(
        changed=Coalesce("finished_at", "since", "created_at")
    )
    asks = (RosterImport.State.PLANNED, RosterImport.State.UNMAPPED, RosterImport.State.FAILED)
    moving = (RosterImport.State.READING, RosterImport.State.COMMITTING)
    ended = Q(finished_at__gt=since)
    parts: dict[str, tuple[QuerySet[Any], Q]] = {
        "import": (imports, Q(state__in=moving) | Q(state__in=asks, changed__gt=since)),
        "send": (
            Campaign.objects.filter(organisation=organisation),
            _sending(shown_mails(organisation, people=people), since, now),
        ),
        "report": (
            Report.objects.filter(organisation=organisation),
            Q(state__in=(ReportState.QUEUED, ReportState.RUNNING)) | (ended & Q(state=ReportState.FAILED)),
        ),
        "bundle": (
            ReportBundle.objects.filter(report__organisation=organisation),
            Q(state__in=(ReportState.QUEUED, ReportState.RUNNING)) | (ended & Q(state=ReportState.FAILED)),
        ),
        "evidence": (
            EvidenceJob.objects.filter(organisation=organisation),
            Q(state__in=(look.QUEUED, look.RUNNING)) | (ended & (Q(state=look.FAILED) | ~Q(problems=[]))),
        ),
    }
    first, *others = (
        rows.filter(wanted | Q(pk__in=remembered.get(kind, ())))
        .order_by()
        .annotate(what=Value(kind, output_field=CharField()))
        .values_list("what", "pk")
        for kind, (rows, wanted) in parts.items()
    )
    found: Numbers = {kind: set() for kind in parts}
    for kind, pk in first.union(*others, all=True):
        found[kind].add(pk)
    return found


def _sending(shown: Q, since: datetime, now: datetime) -> Q:
    """Campaigns whose mails go or should; reminders wait for weeks, and call nobody."""
    mails = Message.objects.filter(shown, campaign=OuterRef("pk")).order_by()
    queued, sending = Q(state=MessageState.QUEUED), Q(state=MessageState.SENDING)
    going = mails.filter(sending | (queued & (Q(due_at__lte=now) | ~Q(detail=""))))  # or held up
    running, paused = Q(state=CampaignState.RUNNING), Q(state=CampaignState.PAUSED)
    new = Q(started_at__gt=since)
    failed = Q(Exists(mails.filter(state=MessageState.FAILED)))
    waiting = Q(Exists(mails.filter(queued | sending)))
    return (running & Q(Exists(going))) | (new & ((running & failed) | (paused & waiting)))
