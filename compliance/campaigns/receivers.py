from typing import Any

from django.dispatch import receiver

from compliance.campaigns.tasks import reconcile_campaigns
from employees.signals import roster_changed
from organisations.doorbell import ring


@receiver(roster_changed, dispatch_uid="campaigns.reconcile")
def on_roster_changed(sender: object, organisation_id: int, **kwargs: Any) -> None:
    """Sent after commit, so the worker sees the new roster."""
    ring(reconcile_campaigns, organisation_id=organisation_id)
