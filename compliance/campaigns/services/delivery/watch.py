"""Stops a campaign whose mail does not arrive, in the middle of a batch if need be."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from compliance.campaigns.models import Campaign
from compliance.campaigns.services.running import pause_campaign, stop_if_stale


class Watch:
    """Looks after each dead address. `stopped` holds the campaigns that send no more."""

    def __init__(self, campaigns: Mapping[int, Campaign]) -> None:
        self.campaigns = campaigns
        self.stopped: set[int] = set()

    def look(self, campaign_id: int, now: datetime) -> None:
        if stop_if_stale(self.campaigns[campaign_id], now):
            self.stopped.add(campaign_id)


def pause_all(reason: str, campaigns: Iterable[Campaign], now: datetime) -> None:
    """Nothing goes out for anybody until somebody mends it."""
    for campaign in campaigns:
        pause_campaign(campaign=campaign, reason=reason, now=now, by_itself=True)
