"""Invitations and their links."""

from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from compliance.campaigns.models import (
    AttestationRequest,
    Campaign,
    Invitation,
    Message,
)
from compliance.campaigns.rules import LIVE, MessageKind, MessageState
from compliance.catalogue.rules import ASKING, CollectionMode
from employees.models import Employee
from organisations.models import Organisation


def invited_ids(campaign: Campaign) -> set[int]:
    return set(Invitation.objects.filter(campaign=campaign).values_list("employee_id", flat=True))


def invitation_by_token_hash(hashed: str, now: datetime) -> Invitation | None:
    """A live link's invitation: neither revoked nor past its campaign's end."""
    return _live(now).filter(token_hash=hashed).first()


def invitation_by_public_id(public_id: UUID, hashed: str, now: datetime) -> Invitation | None:
    return _live(now).filter(public_id=public_id, token_hash=hashed).first()


def _live(now: datetime) -> QuerySet[Invitation]:
    requests = AttestationRequest.objects.select_related("policy_version__policy").order_by("id")
    return (
        Invitation.objects.filter(
            revoked_at=None,
            campaign__state__in=LIVE,
            closes_at__gt=now,
            employee__status=Employee.Status.ACTIVE,
        )
        .select_related("campaign__organisation", "employee")
        .prefetch_related(Prefetch("requests", requests))
    )


def invitation_requests(invitation_id: int) -> list[AttestationRequest]:
    rows = AttestationRequest.objects.filter(invitation=invitation_id).select_related("policy_version__policy")
    return list(rows.order_by("id"))


def to_remind(campaign: Campaign) -> QuerySet[Invitation]:
    """People who got the first notice, gave no answer, and did not ask to be left alone."""
    return (
        Invitation.objects.filter(
            campaign=campaign,
            revoked_at=None,
            stopped_at=None,
            answered_at=None,
            employee__status=Employee.Status.ACTIVE,
        )
        .filter(requests__collection_mode=CollectionMode.NAMED, requests__advice__in=ASKING)
        .distinct()
        .order_by("id")
    )


def unanswered_count(campaign: Campaign) -> int:
    return to_remind(campaign).count()


def unreached_ids(campaign: Campaign) -> list[int]:
    """Invitations whose first notice failed or came back."""
    rows = Message.objects.filter(
        campaign=campaign, kind=MessageKind.INSTRUCTION, state__in=[MessageState.FAILED, MessageState.BOUNCED]
    )
    return list(rows.order_by().values_list("invitation_id", flat=True))


def invitation_to_stop(public_id: UUID) -> Invitation | None:
    """For the page that stops reminders; whether its token is right is the caller's to check."""
    rows = Invitation.objects.filter(public_id=public_id, employee__status=Employee.Status.ACTIVE)
    return rows.select_related("campaign__organisation", "employee").first()


def invitations_of(organisation: Organisation, employee: Employee) -> list[Invitation]:
    requests = AttestationRequest.objects.select_related("policy_version__policy").order_by("id")
    rows = Invitation.objects.filter(campaign__organisation=organisation, employee=employee)
    found = rows.select_related("campaign__organisation", "employee").prefetch_related(Prefetch("requests", requests))
    return list(found.order_by("-id"))


def living_invitations(campaign: Campaign) -> QuerySet[Invitation]:
    """Links of a campaign that work, by name."""
    rows = Invitation.objects.filter(campaign=campaign, revoked_at=None, employee__status=Employee.Status.ACTIVE)
    return rows.select_related("employee", "campaign__organisation").order_by("employee__name", "id")
