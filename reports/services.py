import hashlib
import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from compliance.campaigns.models import Campaign
from organisations.models import Organisation, User
from organisations.services import Event, append_evidence, take_checkpoint
from reports.gateways import PdfFailed, render_pdf
from reports.models import Report
from reports.queries import report_content
from reports.rules import ReportState, percent

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)  # longer than the PDF engine's time limit
MAX_ATTEMPTS = 3


@transaction.atomic
def request_report(
    *,
    organisation: Organisation,
    campaign: Campaign,
    user: User | None,
    now: datetime,
    as_of: datetime | None = None,
) -> Report:
    report = Report.objects.create(
        organisation=organisation, campaign=campaign, as_of=as_of or now, created_by=user, created_at=now
    )
    facts = {"report": report.pk, "campaign": campaign.pk, "as_of": report.as_of.isoformat()}
    append_evidence(organisation=organisation, events=[Event("report.requested", facts)], now=now)
    return report


def release_expired(*, now: datetime) -> int:
    """Puts back reports whose worker died; the third death is a failure with a reason."""
    expired = Report.objects.filter(state=ReportState.RUNNING, lease_until__lt=now)
    expired.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=ReportState.FAILED,
        detail="Every worker that tried to make this report died.",
        claim=None,
        finished_at=now,
    )
    return expired.update(
        state=ReportState.QUEUED, claim=None, lease_until=None, progress=0, stage="Waiting for a worker"
    )


def build_report(*, report_id: int, now: datetime) -> bool:
    """Makes one report if nobody else does; returns whether this call did."""
    claim = uuid.uuid4()
    taken = Report.objects.filter(pk=report_id, state=ReportState.QUEUED).update(
        state=ReportState.RUNNING, claim=claim, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    report = Report.objects.select_related("organisation", "campaign").get(pk=report_id)
    try:
        _produce(report, claim)
        take_checkpoint(organisation=report.organisation, now=timezone.now())
    except PdfFailed as error:
        _fail(report, claim, str(error))
    except Exception:  # broad: the outermost edge of the job; the person waiting must see that it ended
        logger.exception("Report %s failed.", report.pk)
        _fail(report, claim, "Something went wrong while making this report. The log has the details.")
    return True


def _produce(report: Report, claim: uuid.UUID) -> None:
    _advance(report, claim, 10, "Counting answers and checking the evidence log")
    content = report_content(report)
    _advance(report, claim, 40, "Writing the pages")
    html = render_to_string(
        "reports/readiness.html",
        {
            "report": report,
            "content": content,
            "organisation": report.organisation,
            "figures": content.readiness.total,
            "regions": content.readiness.regions,
            "shares": {"readiness": percent(content.readiness.total.readiness)},
        },
    )
    _advance(report, claim, 55, "Drawing the PDF")
    pdf = render_pdf(html)
    _advance(report, claim, 95, "Filing it")
    name = f"reports/{report.organisation_id}/{report.pk}-{claim.hex[:8]}.pdf"
    report.file = name
    report.path.parent.mkdir(parents=True, exist_ok=True)
    report.path.write_bytes(pdf.content)
    _finish(report, claim, hashlib.sha256(pdf.content).hexdigest(), pdf.pages)


def _advance(report: Report, claim: uuid.UUID, progress: int, stage: str) -> None:
    ours = Report.objects.filter(pk=report.pk, claim=claim)
    ours.update(progress=progress, stage=stage, lease_until=timezone.now() + LEASE)


@transaction.atomic
def _finish(report: Report, claim: uuid.UUID, sha256: str, pages: int) -> None:
    now = timezone.now()
    done = Report.objects.filter(pk=report.pk, claim=claim, state=ReportState.RUNNING).update(
        state=ReportState.DONE,
        progress=100,
        stage="Done",
        file=report.file,
        sha256=sha256,
        pages=pages,
        finished_at=now,
        claim=None,
    )
    if done:
        event = Event("report.made", {"report": report.pk, "sha256": sha256, "pages": pages})
        append_evidence(organisation=report.organisation, events=[event], now=now)


def _fail(report: Report, claim: uuid.UUID, reason: str) -> None:
    Report.objects.filter(pk=report.pk, claim=claim).update(
        state=ReportState.FAILED, detail=reason[:500], finished_at=timezone.now(), claim=None
    )


@transaction.atomic
def retry_report(*, report: Report) -> bool:
    """Queues a failed report again; False when it has not failed."""
    again = Report.objects.filter(pk=report.pk, state=ReportState.FAILED).update(
        state=ReportState.QUEUED,
        detail="",
        progress=0,
        attempts=0,
        stage="Waiting for a worker",
        finished_at=None,
    )
    return bool(again)
