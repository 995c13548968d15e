"""Claim, send, record."""

from compliance.campaigns.services.delivery.claims import claim_batch, release_expired
from compliance.campaigns.services.delivery.sending import deliver_due

__all__ = ["claim_batch", "deliver_due", "release_expired"]
