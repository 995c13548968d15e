"""What came back: bounces and complaints, and whom not to write to any more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.campaigns.gateways.smtp import without_addresses
from compliance.campaigns.models import BounceEvent, Message, Suppression
from compliance.campaigns.queries import soft_bounces
from compliance.campaigns.rules import GONE_OUT, MessageState
from compliance.campaigns.rules.bounces import SUPPRESSING, Returned
from compliance.campaigns.services.running import stop_if_stale
from organisations.models import Organisation
from organisations.services import Event, append_evidence

SOFT_LIMIT = 3  # temporary failures of one address in a row until it gets no more mail


def suppress(*, organisation: Organisation, email: str, reason: str, now: datetime) -> None:
    """No more mail to this address. The first reason stays."""
    Suppression.objects.get_or_create(
        organisation=organisation, email=email.lower(), defaults={"reason": reason[:300], "created_at": now}
    )


@transaction.atomic
def let_go(*, suppression: Suppression, now: datetime) -> None:
    """The address may get mail again."""
    organisation = suppression.organisation
    Suppression.objects.filter(pk=suppression.pk).delete()
    append_evidence(organisation=organisation, events=[Event("suppression.removed", {})], now=now)


@transaction.atomic
def record_return(*, public_id: UUID, key: str, returned: Returned, now: datetime) -> bool:
    """Writes down what came back of a mail; whether it was news. `key` tells two reports apart: the same one again
    changes nothing. The caller has made sure that the report is genuine."""
    rows = Message.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "organisation", "campaign", "invitation__employee"
    )
    message = rows.filter(public_id=public_id).first()
    if message is None:
        return False
    returned = replace(returned, detail=without_addresses(returned.detail), recipient=returned.recipient.lower())
    ours = _is_about(message, returned)
    gone = message.state in {*GONE_OUT, MessageState.FAILED}
    _event, new = BounceEvent.objects.get_or_create(
        message=message,
        key=key,
        defaults={"kind": returned.kind, "detail": returned.detail, "ours": ours, "applied": gone, "created_at": now},
    )
    if not new:
        return False
    if gone:
        _apply(message, returned, now, ours=ours)
    facts = {"message": str(message.public_id), "kind": returned.kind, "status": returned.status}
    append_evidence(organisation=message.organisation, events=[Event("message.returned", facts)], now=now)
    if returned.kind == "hard" and ours:
        stop_if_stale(message.campaign, now)
    return True


def _is_about(message: Message, returned: Returned) -> bool:
    """Whether the report speaks of the address that we wrote to, and not of one that it is forwarded to."""
    known = {message.sent_to.lower(), message.invitation.employee.email.lower()}
    return not returned.recipient or returned.recipient in known


def _apply(message: Message, returned: Returned, now: datetime, *, ours: bool) -> None:
    if returned.failed:
        message.state, message.bounced_at, message.detail = MessageState.BOUNCED, now, returned.detail
        message.dead = message.dead or (ours and returned.kind == "hard")
        message.save(update_fields=["state", "bounced_at", "detail", "dead"])
    if ours:
        _suppress_if_due(message, returned, now)


def apply_early_returns(message_ids: Sequence[int], now: datetime) -> None:
    """What came back before it was written down that the mail had gone: part of the transaction that writes it."""
    waiting = BounceEvent.objects.filter(message__in=message_ids, applied=False, message__state__in=GONE_OUT)
    events = list(waiting.select_related("message__organisation", "message__campaign").order_by("id"))
    for event in events:
        _apply(event.message, Returned(event.kind, detail=event.detail), now, ours=event.ours)
    if events:
        BounceEvent.objects.filter(pk__in=[event.pk for event in events]).update(applied=True)


def _suppress_if_due(message: Message, returned: Returned, now: datetime) -> None:
    if not message.sent_to:
        return
    if returned.kind in SUPPRESSING:
        reason = SUPPRESSING[returned.kind] + (f" {returned.detail}" if returned.detail else "")
        suppress(organisation=message.organisation, email=message.sent_to, reason=reason, now=now)
    elif returned.kind == "soft" and soft_bounces(message.organisation, message.sent_to) >= SOFT_LIMIT:
        reason = f"Mail to it failed {SOFT_LIMIT} times. {returned.detail}"
        suppress(organisation=message.organisation, email=message.sent_to, reason=reason, now=now)
