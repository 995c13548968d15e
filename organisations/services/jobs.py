"""Long looks at the log that a page asks for: the row is the job, a worker claims it."""

import hashlib
import logging
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from organisations.here import within
from organisations.models import EvidenceJob, Organisation, User
from organisations.queries.evidence import evidence_head, full_audit, last_job
from organisations.services.bundling import write_bundle
from organisations.services.checkpoints import take_checkpoint
from organisations.services.evidence import Event, append_evidence

logger = logging.getLogger(__name__)

Kind, State = EvidenceJob.Kind, EvidenceJob.State

LEASE = timedelta(minutes=2)  # renewed with every ten thousand entries
MAX_ATTEMPTS = 3
KEPT = timedelta(days=1)  # a bundle can be made again at any time
BROKEN = "The log does not continue its last checkpoint, so nothing was signed. Check it to see where it breaks."


class Stopped(Exception):
    """Somebody cancelled the job, or another worker has taken it over."""


@transaction.atomic
def request_job(*, organisation: Organisation, kind: EvidenceJob.Kind, user: User, now: datetime) -> EvidenceJob:
    """A new look, or the one that is under way."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    last = last_job(organisation, kind)
    if last and last.running:
        return last
    if kind == Kind.BUNDLE:
        event = Event("evidence.bundle_requested", {"user": user.pk})
        append_evidence(organisation=organisation, events=[event], now=now)
    return EvidenceJob.objects.create(
        organisation=organisation, kind=kind, requested_by=user, since=now, created_at=now
    )


def run_job(*, job_id: int, now: datetime) -> bool:
    """Does one job if nobody else does; returns whether this call did."""
    claim = uuid.uuid4()
    taken = EvidenceJob.objects.filter(pk=job_id, state=State.QUEUED).update(
        state=State.RUNNING, claim=claim, lease_until=now + LEASE, since=now, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    job = EvidenceJob.objects.select_related("organisation").get(pk=job_id)
    try:
        with within(job.organisation_id, job):
            EvidenceJob.objects.filter(pk=job_id).update(total=evidence_head(job.organisation)[0])
            found = _check(job, claim) if job.kind == Kind.CHECK else _bundle(job, claim)
    except Stopped:
        logger.info("Evidence job %s was cancelled, or taken over.", job.pk)
    except Exception:  # broad: the outermost edge of the job; the person waiting must see that it ended
        logger.exception("Evidence job %s failed.", job.pk)
        _end(job, claim, State.FAILED, problems=["Something went wrong. The server's log has the details."])
    else:
        _end(job, claim, State.DONE if job.kind == Kind.CHECK or not found else State.FAILED, problems=found)
    return True


class Step:
    """Writes down how far a job is, and renews its lease."""

    def __init__(self, job_id: int, claim: uuid.UUID) -> None:
        self._row = EvidenceJob.objects.filter(pk=job_id, claim=claim)

    def __call__(self, read: int) -> None:
        if not self._row.update(read=read, lease_until=timezone.now() + LEASE):
            raise Stopped


def _check(job: EvidenceJob, claim: uuid.UUID) -> list[str]:
    found = full_audit(job.organisation, step=Step(job.pk, claim))
    EvidenceJob.objects.filter(pk=job.pk, claim=claim).update(read=found.entries)
    return found.problems


def _bundle(job: EvidenceJob, claim: uuid.UUID) -> list[str]:
    made = take_checkpoint(organisation=job.organisation, now=timezone.now())
    if made is None:
        return [BROKEN]
    name = f"evidence/{job.organisation_id}/{job.pk}-{claim.hex[:8]}.zip"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = 0
    try:
        with path.open("w+b") as file:
            write_bundle(organisation=job.organisation, checkpoint=made, out=file, step=Step(job.pk, claim))
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        ours = EvidenceJob.objects.filter(pk=job.pk, claim=claim)
        kept = ours.update(file=name, sha256=sha256, read=made.seq, total=made.seq)
    finally:
        if not kept:  # no row knows it: nobody could ask for it, and nothing would delete it
            path.unlink(missing_ok=True)
    return []


def _end(job: EvidenceJob, claim: uuid.UUID, state: EvidenceJob.State, *, problems: list[str]) -> None:
    EvidenceJob.objects.filter(pk=job.pk, claim=claim).update(
        state=state, problems=problems, claim=None, lease_until=None, finished_at=timezone.now()
    )


def cancel_job(*, job: EvidenceJob, now: datetime) -> bool:
    """Ends one that waits or is under way; its worker notices with its next entries. False: it had ended before."""
    under_way = EvidenceJob.objects.filter(pk=job.pk, state__in=[State.QUEUED, State.RUNNING])
    return bool(under_way.update(state=State.CANCELLED, claim=None, lease_until=None, finished_at=now))


def release_expired_jobs(*, now: datetime) -> int:
    """Puts back jobs whose worker died; the third death is a failure with a reason."""
    expired = EvidenceJob.objects.filter(state=State.RUNNING, lease_until__lt=now)
    expired.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=State.FAILED, problems=["Every worker that tried this died."], claim=None, finished_at=now
    )
    return expired.update(state=State.QUEUED, claim=None, lease_until=None, since=now, read=0)


def forget_old_bundles(*, now: datetime) -> int:
    """Deletes the files of bundles older than a day; returns how many."""
    old = EvidenceJob.objects.filter(kind=Kind.BUNDLE, finished_at__lt=now - KEPT).exclude(file="").order_by("pk")
    for job in old:
        job.path.unlink(missing_ok=True)
        EvidenceJob.objects.filter(pk=job.pk).update(file="")
    return len(old)
