"""Claim, send, record. Nothing is held in memory that a killed worker could take with it."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from compliance.campaigns.gateways import Transport, transport_for
from compliance.campaigns.letters import write_letter
from compliance.campaigns.models import Message
from compliance.campaigns.queries import claimed_messages, due_message_ids, still_ours
from compliance.campaigns.rules import (
    MAX_ATTEMPTS,
    CampaignState,
    Delivery,
    MessageKind,
    MessageState,
    NextStep,
    Verdict,
    next_step,
)
from organisations.services import Event, append_evidence

BATCH = 20
LEASE = timedelta(seconds=60)
HEARTBEAT = 20.0  # seconds; a living worker renews its lease, however long a mail server takes over one mail
SHIFT = timedelta(minutes=10)  # well below the task's time limit

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Route = Callable[[bool], AbstractContextManager[Transport]]


def release_expired(*, now: datetime) -> int:
    """Puts back what a dead worker had claimed. Its fate is not known, and the row says so."""
    expired = Message.objects.filter(state=MessageState.SENDING, lease_until__lt=now)
    attempt = {"claim": None, "lease_until": None, "unsure": True, "attempts": F("attempts") + 1}
    expired.filter(attempts__gte=MAX_ATTEMPTS - 1).update(
        state=MessageState.FAILED, detail="Every worker that tried to send this mail died.", **attempt
    )
    return expired.update(state=MessageState.QUEUED, due_at=now, **attempt)


def claim_batch(*, now: datetime, limit: int = BATCH) -> uuid.UUID | None:
    """Takes up to `limit` due messages for this worker alone; None when nothing is due.

    The conditional UPDATE decides between two workers that saw the same rows, on SQLite as on PostgreSQL.
    """
    claim = uuid.uuid4()
    while ids := due_message_ids(now, limit):
        free = Message.objects.filter(pk__in=ids, state=MessageState.QUEUED)
        if free.update(state=MessageState.SENDING, claim=claim, lease_until=now + LEASE):
            return claim
    return None


def deliver_due(*, clock: Clock = timezone.now, route: Route = transport_for) -> int:
    """Sends what is due until nothing is or the shift is over; returns how many messages it took in hand."""
    done, until = 0, clock() + SHIFT
    while clock() < until and (claim := claim_batch(now=clock())):
        done += _deliver_batch(claim, clock, route)
    return done


def _deliver_batch(claim: uuid.UUID, clock: Clock, route: Route) -> int:
    messages = claimed_messages(claim)
    results: list[tuple[Message, Delivery]] = []
    try:
        with _heartbeat(claim), _transports(route) as transport_of:
            for message in messages:
                if still_ours(message):
                    # One at a time: what was sent before something breaks must be in the list.
                    results.append((message, _send(message, transport_of, clock())))  # noqa: PERF401
    finally:
        # Also when a time limit or a signal ends the batch: what was sent must be known as sent.
        _record(claim, results, clock())
    return len(messages)


@contextmanager
def _heartbeat(claim: uuid.UUID) -> Iterator[None]:
    """Renews the claim's lease from a thread of its own while the block runs; a killed process stops renewing."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT):
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


@contextmanager
def _transports(route: Route) -> Iterator[Callable[[bool], Transport]]:
    """One open connection per way of sending, for one batch."""
    open_ones: dict[bool, tuple[AbstractContextManager[Transport], Transport]] = {}

    def transport_of(outbox_only: bool) -> Transport:
        if outbox_only not in open_ones:
            manager = route(outbox_only)
            open_ones[outbox_only] = manager, manager.__enter__()
        return open_ones[outbox_only][1]

    try:
        yield transport_of
    finally:
        for manager, _ in open_ones.values():
            manager.__exit__(None, None, None)


def _send(message: Message, transport_of: Callable[[bool], Transport], now: datetime) -> Delivery:
    invitation = message.invitation
    if invitation.revoked_at is not None:
        return Delivery(Verdict.WITHDRAWN, "The person left before the mail went out.")
    if invitation.campaign.state != CampaignState.RUNNING or invitation.campaign.closes_at <= now:
        return Delivery(Verdict.WITHDRAWN, "The campaign ended before the mail went out.")
    try:
        letter = write_letter(message)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:  # broad: one letter that cannot be written must not hold up the others
        logger.exception("Message %s could not be written.", message.public_id)
        return Delivery(Verdict.REFUSED, f"The mail could not be written ({type(error).__name__}); see the log.")
    message.subject = letter.subject[:250]
    return transport_of(message.organisation.outbox_only).send(letter)


@transaction.atomic
def _record(claim: uuid.UUID, results: list[tuple[Message, Delivery]], now: datetime) -> None:
    """Writes down what happened to rows that are still ours; a lease that ran out belongs to somebody else."""
    ours = set(
        Message.objects.select_for_update()
        .filter(claim=claim, state=MessageState.SENDING)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    events: dict[int, list[Event]] = {}
    rows = []
    for message, delivery in results:
        if message.pk in ours:
            _apply(message, delivery, now)
            rows.append(message)
            events.setdefault(message.organisation_id, []).append(_event(message, delivery))
    fields = ["state", "due_at", "attempts", "unsure", "claim", "lease_until", "subject", "detail", "sent_at"]
    Message.objects.bulk_update(rows, fields)
    # In one order everywhere: two workers that lock the same two logs must not wait for each other.
    for organisation_id, message in sorted({row.organisation_id: row for row in rows}.items()):
        append_evidence(organisation=message.organisation, events=events[organisation_id], now=now)


def _apply(message: Message, delivery: Delivery, now: datetime) -> None:
    message.attempts += delivery.verdict not in {Verdict.UNREACHED, Verdict.WITHDRAWN}
    step: NextStep = next_step(
        delivery, kind=MessageKind(message.kind), attempts=message.attempts, unsure=message.unsure, now=now
    )
    message.state, message.unsure = step.state, step.unsure
    message.due_at = step.due_at or message.due_at
    message.sent_at = now if step.state is MessageState.SENT else None
    message.claim = message.lease_until = None
    message.detail = delivery.detail[:500]


def _event(message: Message, delivery: Delivery) -> Event:
    facts = {
        "message": str(message.public_id),
        "kind": message.kind,
        "step": message.step,
        "attempt": message.attempts,
        "verdict": delivery.verdict.value,
        "state": str(message.state),
    }
    return Event("message.attempted", facts)
