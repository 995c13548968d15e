"""A bundle's life as a row: asked for, taken by a worker, given back, given up, let go of."""

import logging
import uuid
from datetime import datetime, timedelta
from io import BufferedRandom
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from organisations.here import within
from organisations.models import User
from organisations.services import Event, append_evidence
from reports.gateways import Stopped
from reports.models import Report, ReportBundle
from reports.queries.bundles import bundle_files, forgettable_bundles, last_bundle
from reports.rules import MAX_ATTEMPTS, ReportState
from reports.services.bundles import NoBundle, write_report_bundle

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # renewed with every ten thousand entries
_HALF = ".part"
KEPT = timedelta(days=1)  # it can be made again as long as the report's own files are kept


@transaction.atomic
def request_bundle(*, report: Report, user: User, now: datetime) -> ReportBundle | None:
    """A new bundle, or the one that is under way; None when the report has no files."""
    held = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if held.state != ReportState.DONE or not held.files:
        return None
    last = last_bundle(report)
    if last and last.under_way:
        return last
    _let_go(report, last)
    event = Event("report.bundle_requested", {"report": report.pk, "user": user.pk})
    append_evidence(organisation=report.organisation, events=[event], now=now)
    return ReportBundle.objects.create(report=report, requested_by=user, since=now, created_at=now)


def build_bundle(*, bundle_id: int, now: datetime) -> bool:
    """Makes one bundle if nobody else does; returns whether this call did."""
    taken = ReportBundle.objects.filter(pk=bundle_id, state=ReportState.QUEUED).update(
        state=ReportState.RUNNING, claim=uuid.uuid4(), lease_until=now + LEASE, since=now, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    bundle = ReportBundle.objects.select_related("report__organisation").get(pk=bundle_id)
    try:
        with within(bundle.report.organisation_id, bundle, bundle.report):
            _produce(bundle)
    except Stopped:
        logger.info("Bundle %s was cancelled, or taken over.", bundle.pk)
    except NoBundle as error:
        _fail(bundle, str(error))
    except Exception:  # broad: the outermost edge of the job; the person waiting must see that it ended
        logger.exception("Bundle %s failed.", bundle.pk)
        _fail(bundle, "Something went wrong while making this bundle. The server's log has the details.")
    return True


def _produce(bundle: ReportBundle) -> None:
    report, name = bundle.report, bundle.file_to_be
    path = Path(settings.MEDIA_ROOT) / name
    half = path.with_name(f"{path.name}{_HALF}")  # a reader or a backup never meets half a file under its own name
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{report.pk}-bundle-*"):  # by a worker that died
        left.unlink(missing_ok=True)
    done = False
    try:
        with half.open("w+b") as file:
            sha256 = _write(bundle, file)
        half.replace(path)
        done = _finish(bundle, name, sha256)
    finally:
        if not done:  # nobody will ever ask for it, and names may stand in it
            half.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
    if not done:
        raise Stopped


def _write(bundle: ReportBundle, file: BufferedRandom) -> str:
    ours = ReportBundle.objects.filter(pk=bundle.pk, claim=bundle.claim, state=ReportState.RUNNING)

    def step(read: int, total: int) -> None:
        if not ours.update(read=read, total=total, lease_until=timezone.now() + LEASE):
            raise Stopped

    return write_report_bundle(report=bundle.report, out=file, step=step, now=timezone.now())


@transaction.atomic
def _finish(bundle: ReportBundle, name: str, sha256: str) -> bool:
    """False when somebody cancelled it, another worker has taken it over, or the report's files went meanwhile."""
    # Whoever destroys the files holds this row: either they find the bundle among them, or it is not kept.
    report = Report.objects.select_for_update(of=("self",)).get(pk=bundle.report_id)
    ours = ReportBundle.objects.filter(pk=bundle.pk, claim=bundle.claim, state=ReportState.RUNNING)
    if report.files != bundle.report.files:
        _fail(bundle, "The files of this report went while the bundle was made.")
        return False
    done = ours.update(
        state=ReportState.DONE, file=name, sha256=sha256, finished_at=timezone.now(), claim=None, lease_until=None
    )
    return bool(done)


def _fail(bundle: ReportBundle, reason: str) -> None:
    ours = ReportBundle.objects.filter(pk=bundle.pk, claim=bundle.claim, state=ReportState.RUNNING)
    ours.update(state=ReportState.FAILED, detail=reason[:300], finished_at=timezone.now(), claim=None, lease_until=None)


def cancel_bundle(*, report: Report, now: datetime) -> bool:
    """Ends one that waits or is being made; its worker notices with the next entries. False when there is none."""
    under_way = ReportBundle.objects.filter(report=report, state__in=[ReportState.QUEUED, ReportState.RUNNING])
    return bool(under_way.update(state=ReportState.CANCELLED, claim=None, lease_until=None, finished_at=now))


def release_expired_bundles(*, now: datetime) -> int:
    """Puts back bundles whose worker died; the third death is a failure with a reason."""
    expired = ReportBundle.objects.filter(state=ReportState.RUNNING, lease_until__lt=now)
    expired.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=ReportState.FAILED,
        detail="Every worker that tried to make this bundle died.",
        claim=None,
        finished_at=now,
    )
    return expired.update(state=ReportState.QUEUED, claim=None, lease_until=None, read=0, since=now)


def forget_old_report_bundles(*, now: datetime) -> int:
    """Deletes those that are older than a day, and what workers that died left behind; returns how many were old."""
    _clear_left_overs()
    return sum(_let_go(bundle.report, bundle) for bundle in forgettable_bundles(now - KEPT))


def _clear_left_overs() -> None:
    """Of a worker that was killed, which could not tidy up: names may stand in them."""
    root = Path(settings.MEDIA_ROOT)
    found = list(root.glob("reports/*/*-bundle-*"))  # before the rows: whoever began meanwhile is not in the list
    kept = bundle_files() if found else set()
    for path in found:
        if path.relative_to(root).as_posix().removesuffix(_HALF) not in kept:
            path.unlink(missing_ok=True)


def _let_go(report: Report, bundle: ReportBundle | None) -> bool:
    """Deletes a bundle's file; whoever is downloading it gets it whole."""
    if bundle is None or not bundle.file:
        return False
    (Path(settings.MEDIA_ROOT) / bundle.file).unlink(missing_ok=True)
    return bool(ReportBundle.objects.filter(pk=bundle.pk, report=report).update(file=""))
