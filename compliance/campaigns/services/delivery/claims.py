"""Which messages a worker takes: claimed by conditional UPDATE with a lease, no faster than the set rates allow."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from compliance.campaigns.models import Campaign, Message, Pace
from compliance.campaigns.queries import due_message_ids, unwanted
from compliance.campaigns.rules import CampaignState, MessageState
from compliance.campaigns.rules.delivery import MAX_ATTEMPTS
from compliance.campaigns.rules.pace import Rate, grant, rates
from organisations.queries import in_batches

logger = logging.getLogger(__name__)

BATCH = 200
LEASE = timedelta(seconds=60)
BEAT = 20.0  # seconds; a living worker renews its lease, however long a mail server takes over one mail


class Claim(NamedTuple):
    """What a worker holds, or how many seconds it has to wait for the rates; neither when nothing is due."""

    claim: uuid.UUID | None
    wait: float = 0.0


def configured_rates() -> tuple[Rate | None, dict[str, Rate]]:
    return rates(settings.MAIL_RATE, tuple(settings.MAIL_DOMAIN_RATES))


def release_expired(*, now: datetime) -> int:
    """Puts back what a dead worker had claimed. Its fate is not known, and the row says so."""
    expired = Message.objects.filter(state=MessageState.SENDING, lease_until__lt=now)
    attempt = {"claim": None, "lease_until": None, "unsure": True, "attempts": F("attempts") + 1}
    expired.filter(attempts__gte=MAX_ATTEMPTS - 1).update(
        state=MessageState.FAILED, detail="Every worker that tried to send this mail died.", **attempt
    )
    released = expired.update(state=MessageState.QUEUED, due_at=now, **attempt)
    # Claimed before their campaign ended, and back since.
    over = Campaign.objects.filter(state__in=[CampaignState.CLOSED, CampaignState.CANCELLED])
    queued = Message.objects.filter(state=MessageState.QUEUED)
    queued.filter(campaign__in=over).update(state=MessageState.CANCELLED)
    needless = queued.filter(unwanted(now), due_at__lte=now).order_by().values("pk")
    queued.filter(pk__in=list(needless.values_list("pk", flat=True)[:500])).update(state=MessageState.CANCELLED)
    return released


def claim_batch(*, now: datetime, limit: int = BATCH) -> Claim:
    """Takes up to `limit` due messages for this worker alone.

    The conditional UPDATE decides between two workers that saw the same rows, on SQLite as on PostgreSQL."""
    everything, by_domain = configured_rates()
    wait = 0.0
    if everything:
        allowed, wait = _reserve("*", everything, now, limit)
        if not allowed:
            return Claim(None, wait) if due_message_ids(now, 1) else Claim(None)
        limit = allowed
    claim = uuid.uuid4()
    taken = _take(claim, now, limit, but=tuple(by_domain))
    waits = []
    for domain, rate in by_domain.items():
        if taken < limit:
            number, until = _take_of_domain(claim, now, limit - taken, domain, rate)
            taken += number
            waits += [until] if until else []
    if everything and taken < limit:
        _give_back("*", everything, limit - taken)
    if taken:
        return Claim(claim)
    return Claim(None, min(waits, default=0.0))


def _take(claim: uuid.UUID, now: datetime, limit: int, *, only: str = "", but: tuple[str, ...] = ()) -> int:
    while ids := due_message_ids(now, limit, only=only, but=but):
        free = Message.objects.filter(pk__in=ids, state=MessageState.QUEUED)
        if taken := free.update(state=MessageState.SENDING, claim=claim, lease_until=now + LEASE):
            return taken
    return 0


def _take_of_domain(claim: uuid.UUID, now: datetime, limit: int, domain: str, rate: Rate) -> tuple[int, float]:
    """(messages taken, seconds until more may be)."""
    if not due_message_ids(now, 1, only=domain):
        return 0, 0.0
    allowed, wait = _reserve(domain, rate, now, limit)
    taken = _take(claim, now, allowed, only=domain) if allowed else 0
    if taken < allowed:
        _give_back(domain, rate, allowed - taken)
    return taken, wait


def _reserve(key: str, rate: Rate, now: datetime, wanted: int) -> tuple[int, float]:
    """(mails that may go now, seconds until the next may). Two workers never get the same ones."""
    clock = now.timestamp()
    while True:
        row, _new = Pace.objects.get_or_create(key=key)
        allowed, free_at = grant(rate, row.free_at, clock, wanted)
        if not allowed:
            return 0, max(0.05, row.free_at - clock)
        if Pace.objects.filter(key=key, free_at=row.free_at).update(free_at=free_at):
            return allowed, 0.0


def _give_back(key: str, rate: Rate, number: int) -> None:
    """What was reserved and not used."""
    Pace.objects.filter(key=key).update(free_at=F("free_at") - number * rate.interval)


@contextmanager
def lease_kept(claim: uuid.UUID) -> Iterator[None]:
    """Renews the claim's lease from a thread of its own while the block runs; a killed process stops renewing."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            try:
                ours = Message.objects.filter(claim=claim, state=MessageState.SENDING)
                ours.update(lease_until=timezone.now() + LEASE)
            except DatabaseError:
                logger.exception("The lease of a batch could not be renewed; it may be sent by another worker too.")
            finally:
                connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@transaction.atomic
def give_up_claim(claim: uuid.UUID, ids: list[int], due_at: datetime) -> None:
    """Puts back what was claimed and not tried."""
    for some in in_batches(ids):
        rows = Message.objects.filter(pk__in=some, claim=claim, state=MessageState.SENDING)
        rows.update(state=MessageState.QUEUED, claim=None, lease_until=None, due_at=due_at)
