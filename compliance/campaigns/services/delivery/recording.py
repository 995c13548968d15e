"""What became of mails, written down: one transaction for many, with one line of evidence."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from compliance.campaigns.models import Message
from compliance.campaigns.queries import Claimed
from compliance.campaigns.rules import Delivery, MessageKind, MessageState, Verdict, logged_kind, next_step
from compliance.campaigns.rules.delivery import UNTRIED
from compliance.campaigns.services.returns import apply_early_returns, suppress
from organisations.models import Organisation
from organisations.services import Event, append_evidence


class Outcome(NamedTuple):
    """A message, what was said of it, and by which letter; none when no mail could be made."""

    row: Claimed
    delivery: Delivery
    letter_id: int | None
    provider_id: str = ""


_SET = ("state", "due_at", "attempts", "unsure", "dead", "detail", "sent_at", "letter_id", "sent_to", "sent_name",
        "provider_id", "first_sent_at")  # fmt: skip
# A mail that is sent once more and is not let through has still been sent before.
_FIRST = ("sent_at", "letter_id", "sent_to", "sent_name")


@transaction.atomic
def record(claim: uuid.UUID, outcomes: Sequence[Outcome], now: datetime) -> int:
    """Writes down what happened, of those that are still this claim's: a lease may have run out, or the campaign may
    have ended meanwhile. Returns how many were."""
    if not outcomes:
        return 0
    ours = _still_ours(claim, [outcome.row.pk for outcome in outcomes])
    mine = [outcome for outcome in outcomes if outcome.row.pk in ours]
    rows: list[tuple[object, ...]] = []
    lines: dict[int, list[object]] = {}
    for outcome in mine:
        values, line = _result(outcome, now)
        rows.append(values)
        lines.setdefault(outcome.row.organisation_id, []).append(line)
    _write(claim, rows)
    apply_early_returns([outcome.row.pk for outcome in mine], now)
    for outcome in mine:
        if outcome.delivery.verdict is Verdict.DEAD:
            organisation = Organisation(pk=outcome.row.organisation_id)
            reason = f"The mail server refused it: {outcome.delivery.detail}"
            suppress(organisation=organisation, email=outcome.row.email, reason=reason, now=now)
    # In one order everywhere: two workers that lock the same two logs must not wait for each other.
    for organisation in Organisation.objects.filter(pk__in=lines).order_by("pk"):
        events = [Event("messages.attempted", {"messages": lines[organisation.pk]})]
        append_evidence(organisation=organisation, events=events, now=now)
    return len(mine)


def _still_ours(claim: uuid.UUID, ids: Sequence[int]) -> set[int]:
    rows = Message.objects.select_for_update(no_key=True).filter(claim=claim, state=MessageState.SENDING)
    return set(rows.filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))


def _result(outcome: Outcome, now: datetime) -> tuple[tuple[object, ...], list[object]]:
    """(the row's new values in the order of `_SET`, its line in the evidence)."""
    row, delivery = outcome.row, outcome.delivery
    attempts = row.attempts + (delivery.verdict not in UNTRIED)
    step = next_step(delivery, kind=MessageKind(row.kind), attempts=attempts, unsure=row.unsure, now=now)
    gone = step.state in {MessageState.SENT, MessageState.UNKNOWN}
    known = outcome.letter_id is not None and delivery.verdict not in UNTRIED
    values = (
        step.state.value,
        step.due_at or now,
        attempts,
        step.unsure,
        delivery.verdict is Verdict.DEAD,
        delivery.detail[:500],
        now if gone else None,
        outcome.letter_id if known else None,
        row.email if known else None,
        row.name[:200] if known else None,
        outcome.provider_id,
        now if gone else None,
        row.pk,
    )
    kind = logged_kind(row.kind)
    return values, [row.public_id.hex, kind, row.step, attempts, delivery.verdict.value, step.state.value]


def _write(claim: uuid.UUID, rows: Sequence[tuple[object, ...]]) -> None:
    """One prepared statement for all: a CASE per row, as bulk_update makes them, costs more than the mail."""
    if not rows:
        return
    quote, sqlite = connection.ops.quote_name, connection.vendor == "sqlite"
    adapt = connection.ops.adapt_datetimefield_value
    marks = {name: f"COALESCE(%s, {quote(name)})" for name in _FIRST}
    marks["first_sent_at"] = f"COALESCE({quote('first_sent_at')}, {quote('sent_at')}, %s)"  # each as it was before
    sets = ", ".join(f"{quote(name)} = {marks.get(name, '%s')}" for name in _SET)
    sql = (
        f"UPDATE {quote(Message._meta.db_table)} SET {sets}, claim = NULL, lease_until = NULL "  # noqa: S608 - our names
        "WHERE id = %s"
    )
    if sqlite:
        rows = [tuple(adapt(v) if isinstance(v, datetime) else v for v in row) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)  # type: ignore[arg-type]  # any values will do
