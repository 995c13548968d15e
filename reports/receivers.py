from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from compliance.campaigns.models import Invitation
from reports.services.erased_names import forget_lists_of_names


@receiver(pre_delete, sender=Invitation, dispatch_uid="reports.forget_names")
def on_invitation_deleted(sender: object, instance: Invitation, **kwargs: Any) -> None:
    """Somebody is erased: what lists them by name goes in the same transaction."""
    forget_lists_of_names(campaign_id=instance.campaign_id)
