from typing import Any

from anymail.signals import tracking
from django.dispatch import receiver
from django.utils import timezone

from compliance.campaigns.services.intake import take_event
from compliance.campaigns.tasks import reconcile_campaigns
from employees.signals import roster_changed
from organisations.doorbell import ring


@receiver(roster_changed, dispatch_uid="campaigns.reconcile")
def on_roster_changed(sender: object, organisation_id: int, **kwargs: Any) -> None:
    """Sent after commit, so the worker sees the new roster."""
    ring(reconcile_campaigns, organisation_id=organisation_id)


@receiver(tracking, dispatch_uid="campaigns.tracking")
def on_tracking(sender: object, event: Any, esp_name: str, **kwargs: Any) -> None:
    """A sending service tells what became of a mail. Opens and clicks are not asked for, and ignored if they come."""
    take_event(
        kind=event.event_type,
        reject=event.reject_reason or "",
        reference=str((event.metadata or {}).get("message", "")),
        event_id=str(event.event_id or f"{event.message_id}:{event.timestamp}"),
        detail=str(event.mta_response or event.description or ""),
        now=timezone.now(),
    )
