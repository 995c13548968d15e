"""What a worker asks: of all organisations."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet

from compliance.campaigns.models import (
    Campaign,
    Message,
    Suppression,
)
from compliance.campaigns.rules import GONE_OUT, CampaignState, MessageKind, MessageState
from employees.models import Employee
from organisations.models import Organisation


def unwanted(now: datetime) -> Q:
    """Mails that must not go any more: the link is over, the person has left, or a reminder has become needless."""
    over = ~Q(invitation__revoked_at=None) | Q(invitation__closes_at__lte=now)
    gone = ~Q(invitation__employee__status=Employee.Status.ACTIVE)
    needless = ~Q(invitation__answered_at=None) | ~Q(invitation__stopped_at=None)
    return over | gone | (Q(kind=MessageKind.REMINDER) & needless)


def due(now: datetime) -> QuerySet[Message]:
    """What may go now: due, wanted, and its campaign neither paused nor over."""
    running = Campaign.objects.filter(state=CampaignState.RUNNING)
    rows = Message.objects.filter(state=MessageState.QUEUED, due_at__lte=now, campaign__in=running)
    return rows.filter(~unwanted(now))


def due_message_ids(now: datetime, limit: int, *, only: str = "", but: Sequence[str] = ()) -> list[int]:
    """The first due messages; `only` those to a domain, `but` not those to any of these."""
    found = due(now).order_by("due_at", "id")
    if only:
        found = found.filter(invitation__employee__email__iendswith=f"@{only}")
    for domain in but:
        found = found.exclude(invitation__employee__email__iendswith=f"@{domain}")
    return list(found.values_list("id", flat=True)[:limit])


def anything_due(now: datetime) -> bool:
    return due(now).exists()


def oldest_due(now: datetime) -> datetime | None:
    """Since when the mail has been due that has waited longest."""
    return due(now).order_by("due_at").values_list("due_at", flat=True).first()


def anything_on_its_way(now: datetime) -> bool:
    """Whether a living worker is sending."""
    return Message.objects.filter(state=MessageState.SENDING, lease_until__gt=now).exists()


class Claimed(NamedTuple):
    """A claimed message with all that its mail needs, in one row."""

    pk: int
    public_id: UUID
    organisation_id: int
    campaign_id: int
    invitation_id: int
    kind: str
    step: int
    attempts: int
    unsure: bool
    invitation_public_id: UUID
    key_version: int
    rotation: int
    country: str
    subdivision: str
    basis: str
    closes_at: datetime
    email: str
    name: str
    language: str
    outbox_only: bool
    profile_country: str
    letter_id: int | None


_CLAIMED = (
    "pk", "public_id", "organisation_id", "campaign_id", "invitation_id", "kind", "step", "attempts", "unsure",
    "invitation__public_id", "invitation__key_version", "invitation__rotation", "invitation__country",
    "invitation__subdivision", "invitation__basis", "invitation__closes_at", "invitation__employee__email",
    "invitation__employee__name", "invitation__employee__language", "organisation__outbox_only",
    "invitation__profile_country", "letter_id",
)  # fmt: skip


def claimed_messages(claim: UUID) -> list[Claimed]:
    rows = Message.objects.filter(claim=claim, state=MessageState.SENDING).order_by("due_at", "id")
    return [Claimed(*row) for row in rows.values_list(*_CLAIMED)]


def first_notices(invitation_ids: Sequence[int]) -> dict[int, UUID]:
    """Invitation → the mail that a reminder answers."""
    rows = Message.objects.filter(
        invitation__in=invitation_ids, kind=MessageKind.INSTRUCTION, step=0, state__in=GONE_OUT
    )
    return dict(rows.order_by().values_list("invitation_id", "public_id"))


def suppressed(organisation_ids: Sequence[int], emails: Sequence[str]) -> set[tuple[int, str]]:
    """Which of these addresses, lower case, get no mail from which organisation."""
    rows = Suppression.objects.filter(organisation__in=set(organisation_ids), email__in=set(emails))
    return set(rows.order_by().values_list("organisation_id", "email"))


def suppressions(organisation: Organisation) -> QuerySet[Suppression]:
    return Suppression.objects.filter(organisation=organisation).order_by("-created_at", "-id")


def still_claimed(claim: UUID, now: datetime) -> set[int]:
    """The messages that are still this claim's, and still wanted."""
    running = Campaign.objects.filter(state=CampaignState.RUNNING)
    rows = Message.objects.filter(claim=claim, state=MessageState.SENDING, campaign__in=running)
    return set(rows.filter(~unwanted(now)).order_by().values_list("pk", flat=True))


def bounce_figures(campaign_id: int) -> tuple[int, int]:
    """(mails tried, of them refused or returned because of the address) of a campaign."""
    rows = Message.objects.filter(campaign=campaign_id).order_by()
    tried = rows.filter(state__in=[*GONE_OUT, MessageState.FAILED]).count()
    return tried, rows.filter(dead=True).count()


def soft_bounces(organisation: Organisation, email: str) -> int:
    """Temporary failures of an address since a mail to it last arrived without one."""
    rows = Message.objects.filter(organisation=organisation, sent_to__iexact=email).order_by(
        F("sent_at").desc(nulls_last=True), "-id"
    )
    count = 0
    for message in rows.prefetch_related("bounces")[:10]:
        if not any(event.kind == "soft" for event in message.bounces.all()):
            break
        count += 1
    return count


def first_notice_times(campaign: Campaign) -> dict[int, datetime]:
    """Invitation → when its first notice went out."""
    rows = Message.objects.filter(campaign=campaign, kind=MessageKind.INSTRUCTION).exclude(state=MessageState.BOUNCED)
    found = rows.exclude(sent_at=None).order_by().values_list("invitation_id", "sent_at")
    return {pk: at for pk, at in found if at}


def last_reminders(campaign: Campaign) -> dict[int, tuple[int, datetime | None]]:
    """Invitation → the number of the last reminder, and when it ended; None while it waits or is on its way."""
    rows = Message.objects.filter(campaign=campaign, kind=MessageKind.REMINDER).order_by("step")
    waiting = {MessageState.QUEUED, MessageState.SENDING}
    found = rows.values_list("invitation_id", "step", "state", "sent_at", "created_at")
    return {pk: (step, None if state in waiting else sent or made) for pk, step, state, sent, made in found}
