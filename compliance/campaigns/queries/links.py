"""Invitations and their links."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from compliance.campaigns.models import (
    AttestationRequest,
    Campaign,
    Invitation,
    Message,
    RegionClaim,
)
from compliance.campaigns.rules import LIVE, MessageKind, MessageState
from compliance.catalogue.rules import ASKING, COLLECTING
from employees.models import Employee
from organisations.models import Organisation


def invited_ids(campaign: Campaign) -> set[int]:
    return set(Invitation.objects.filter(campaign=campaign).values_list("employee_id", flat=True))


def _live(now: datetime) -> QuerySet[Invitation]:
    return (
        Invitation.objects.filter(alive(now))
        .select_related("campaign__organisation", "employee")
        .prefetch_related(Prefetch("requests", standing_requests()))
    )


def alive(now: datetime) -> Q:
    """Invitations whose link works."""
    return Q(
        revoked_at=None, campaign__state__in=LIVE, closes_at__gt=now, employee__status=Employee.Status.ACTIVE
    )  # fmt: skip


def standing_requests() -> QuerySet[AttestationRequest]:
    """Requests that concern their person still, with their policies."""
    rows = AttestationRequest.objects.filter(withdrawn_at=None).select_related("policy_version__policy")
    return rows.order_by("id")


def invitation_requests(invitation_id: int) -> list[AttestationRequest]:
    return list(standing_requests().filter(invitation=invitation_id))


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
        .filter(requests__withdrawn_at=None, requests__collection_mode__in=COLLECTING, requests__advice__in=ASKING)
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
    rows = Invitation.objects.filter(campaign__organisation=organisation, employee=employee)
    found = rows.select_related("campaign__organisation", "employee")
    found = found.prefetch_related(Prefetch("requests", standing_requests()))
    return list(found.order_by("-id"))


def invitations_to(email: str, now: datetime) -> list[Invitation]:
    """Whoever has this address on file, at any organisation: for the page of a link that does not work, which knows
    nobody. Its answer is a mail to that address, and the same words to everybody."""
    return list(_live(now).filter(employee__email__iexact=email).order_by("id"))


def invitation(organisation: Organisation, pk: int) -> Invitation | None:
    rows = Invitation.objects.filter(campaign__organisation=organisation, pk=pk)
    return rows.select_related("campaign__organisation", "employee").first()


def living_invitations(campaign: Campaign) -> QuerySet[Invitation]:
    """Links of a campaign that work, by name."""
    rows = Invitation.objects.filter(campaign=campaign, revoked_at=None, employee__status=Employee.Status.ACTIVE)
    return rows.select_related("employee", "campaign__organisation").order_by("employee__name", "id")


def region_claims(invitations: Sequence[Invitation]) -> list[RegionClaim]:
    """What was said through these links about the country on the profile, the newest first."""
    rows = RegionClaim.objects.filter(invitation__in=[each.pk for each in invitations])
    return list(rows.select_related("invitation__campaign").order_by("-id"))
