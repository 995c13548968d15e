"""A report's life as a row: asked for, taken by a worker, given back, given up."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from compliance.campaigns.models import Campaign
from organisations.models import Organisation, User
from organisations.services import Event, append_evidence
from reports.models import FileMade, Report
from reports.rules import MAX_ATTEMPTS, Paper, ReportState, Wanted

LEASE = timedelta(minutes=2)  # renewed every second while the engine works, and at each stage before
WAITING = "Waiting for a worker"
READINESS = Wanted()


@transaction.atomic
def request_report(
    *,
    organisation: Organisation,
    campaign: Campaign,
    user: User | None,
    now: datetime,
    as_of: datetime | None = None,
    language: str = "en",
    paper: Paper = Paper.A4,
    wanted: Wanted = READINESS,
) -> Report:
    """Queues a report of the answers up to `as_of`, or up to now."""
    report = Report.objects.create(
        organisation=organisation,
        campaign=campaign,
        kind=wanted.kind,
        country=wanted.country,
        compared_with_id=wanted.compared_with,
        compared_as_of=wanted.compared_as_of,
        names=wanted.names,
        as_of=as_of or now,
        language=language,
        paper=paper,
        created_by=user,
        since=now,
        created_at=now,
    )
    facts = {"report": report.pk, "campaign": campaign.pk, "as_of": report.as_of.isoformat(), "kind": report.kind}
    if report.names:
        facts["names"] = True
    append_evidence(organisation=organisation, events=[Event("report.requested", facts)], now=now)
    return report


def claim_report(*, report_id: int, now: datetime) -> Report | None:
    """Takes a waiting report for one worker; None when another has it."""
    claim = uuid.uuid4()
    taken = Report.objects.filter(pk=report_id, state=ReportState.QUEUED).update(
        state=ReportState.RUNNING, claim=claim, lease_until=now + LEASE, since=now, attempts=F("attempts") + 1
    )
    rows = Report.objects.select_related("organisation", "campaign", "compared_with")
    return rows.get(pk=report_id) if taken else None


def advance(report: Report, progress: int, stage: str) -> bool:
    """Renews the lease and says where the making stands; False when the report is no longer ours to make."""
    ours = Report.objects.filter(pk=report.pk, claim=report.claim, state=ReportState.RUNNING)
    return bool(ours.update(progress=progress, stage=stage, lease_until=timezone.now() + LEASE))


@transaction.atomic
def finish(
    *,
    report: Report,
    files: Mapping[str, FileMade],
    pages: int,
    figures: Mapping[str, Any],
    note: str,
    signature: Mapping[str, Any],
    now: datetime,
) -> bool:
    """False when somebody cancelled it, or another worker has taken it over."""
    pdf = files["pdf"]
    done = Report.objects.filter(pk=report.pk, claim=report.claim, state=ReportState.RUNNING).update(
        state=ReportState.DONE,
        progress=100,
        stage="Done",
        detail=note[:500],
        file=pdf["path"],
        sha256=pdf["sha256"],
        pages=pages,
        files=dict(files),
        figures=dict(figures),
        signature=dict(signature),
        finished_at=now,
        claim=None,
    )
    if done:
        hashes = {extension: made["sha256"] for extension, made in files.items()}
        facts = {"report": report.pk, "sha256": pdf["sha256"], "pages": pages, "files": hashes}
        if signature:
            facts |= {"signed_with": signature["certificate_sha256"], "unsigned_sha256": signature["unsigned_sha256"]}
        append_evidence(organisation=report.organisation, events=[Event("report.made", facts)], now=now)
    return bool(done)


def fail(*, report: Report, reason: str, now: datetime) -> None:
    Report.objects.filter(pk=report.pk, claim=report.claim, state=ReportState.RUNNING).update(
        state=ReportState.FAILED, detail=reason[:500], finished_at=now, claim=None
    )


def release_expired(*, now: datetime) -> int:
    """Puts back reports whose worker died; the third death is a failure with a reason."""
    expired = Report.objects.filter(state=ReportState.RUNNING, lease_until__lt=now)
    expired.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=ReportState.FAILED,
        detail="Every worker that tried to make this report died.",
        claim=None,
        finished_at=now,
    )
    return expired.update(state=ReportState.QUEUED, claim=None, lease_until=None, progress=0, stage=WAITING, since=now)


@transaction.atomic
def cancel_report(*, report: Report, now: datetime) -> bool:
    """Ends a report that waits or is being made; its worker notices within a second. False when it has ended."""
    under_way = Report.objects.filter(pk=report.pk, state__in=[ReportState.QUEUED, ReportState.RUNNING])
    return bool(
        under_way.update(state=ReportState.CANCELLED, stage="Cancelled", claim=None, lease_until=None, finished_at=now)
    )


@transaction.atomic
def retry_report(*, report: Report, now: datetime) -> bool:
    """Queues a failed or cancelled report again; False when it is neither."""
    ended = Report.objects.filter(pk=report.pk, state__in=[ReportState.FAILED, ReportState.CANCELLED])
    return bool(
        ended.update(
            state=ReportState.QUEUED, detail="", progress=0, attempts=0, stage=WAITING, finished_at=None, since=now
        )
    )  # fmt: skip
