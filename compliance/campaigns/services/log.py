from datetime import datetime

from compliance.campaigns.models import Campaign
from organisations.services import Event, append_evidence


class CampaignRefused(Exception):
    """The act is not possible now; the message says why and what to do."""


def log(campaign: Campaign, kind: str, facts: dict[str, object], now: datetime) -> None:
    """Writes one line about a campaign into its organisation's evidence log."""
    append_evidence(
        organisation=campaign.organisation, events=[Event(kind, {"campaign": campaign.pk, **facts})], now=now
    )


def locked(campaign: Campaign) -> Campaign:
    """The campaign as it is now, nobody else changing it."""
    rows = Campaign.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation")
    return rows.get(pk=campaign.pk)
