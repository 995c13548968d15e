"""Stops a campaign whose mail does not arrive, in the middle of a batch if need be."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import bounce_figures
from compliance.campaigns.rules import too_many_bounces
from compliance.campaigns.services.returns import bounce_reason
from compliance.campaigns.services.running import pause_campaign


class Watch:
    """Looks after each dead address. `stopped` holds the campaigns that send no more."""

    def __init__(self, campaigns: Mapping[int, Campaign]) -> None:
        self.campaigns = campaigns
        self.stopped: set[int] = set()

    def look(self, campaign_id: int, now: datetime) -> None:
        campaign = self.campaigns[campaign_id]
        tried, dead = bounce_figures(campaign_id)
        tried, dead = tried - campaign.tried_before, dead - campaign.bounces_forgiven
        if too_many_bounces(tried, dead):
            pause_campaign(campaign=campaign, reason=bounce_reason(tried, dead), now=now, by_itself=True)
            self.stopped.add(campaign_id)


def pause_all(reason: str, campaigns: Iterable[Campaign], now: datetime) -> None:
    """Nothing goes out for anybody until somebody mends it."""
    for campaign in campaigns:
        pause_campaign(campaign=campaign, reason=reason, now=now, by_itself=True)
