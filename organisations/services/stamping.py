"""Outside timestamps for checkpoints: asked for when the authority answers, never waited for."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from organisations.gateways.timestamps import NotStamped, timestamp
from organisations.models import EvidenceTimestamp
from organisations.queries.evidence import due_stamps

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)


def stamp_due(*, now: datetime) -> int:
    """Asks for what is due, of all organisations; returns how many were stamped."""
    return sum(_stamp(pk, now) for pk in due_stamps(now)) if settings.TIMESTAMP_URL else 0


def _stamp(pk: int, now: datetime) -> bool:
    waiting = EvidenceTimestamp.objects.filter(pk=pk, token=None, due_at__lte=now)
    if not waiting.update(due_at=now + LEASE, attempts=F("attempts") + 1):
        return False
    row = EvidenceTimestamp.objects.select_related("checkpoint").get(pk=pk)
    mine = EvidenceTimestamp.objects.filter(pk=pk, token=None)
    try:
        token = timestamp(row.checkpoint.signed.file, settings.TIMESTAMP_URL)
    except NotStamped as error:
        wait = min(timedelta(minutes=1) * 2 ** min(row.attempts - 1, 12), LONGEST_WAIT)
        mine.update(due_at=now + wait, detail=str(error)[:300])
        logger.warning("No timestamp for %s: %s", row.checkpoint, error)
        return False
    return bool(mine.update(token=token, detail=""))
