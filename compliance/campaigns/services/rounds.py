"""Campaigns that come again: prepared as drafts, for somebody to look at and start."""

from datetime import datetime, timedelta

from django.db import transaction

from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import behind_ids, repeating
from compliance.campaigns.rules import Audience, Repeats
from compliance.campaigns.services.drafting import clone_campaign

YEAR = timedelta(days=365)
AHEAD = timedelta(days=14)  # so long before the anniversary the draft is there


def next_round(campaign: Campaign, now: datetime) -> Campaign:
    """The next round of a campaign, as a draft; of one that follows changes, for the people whom they concern."""
    on_change = campaign.repeats == Repeats.ON_CHANGE
    length = max(campaign.closes_at - (campaign.started_at or campaign.created_at), timedelta(days=7))
    return clone_campaign(
        campaign=campaign,
        name=f"{campaign.name} ({'after the change' if on_change else now.year})"[:200],
        closes_at=now + length + (timedelta() if on_change else AHEAD),
        user=None,
        now=now,
        audience=Audience(behind=campaign.pk) if on_change else None,
        follows=True,
    )


def prepare_rounds(*, now: datetime) -> int:
    """Makes the drafts whose time has come; returns how many."""
    made = 0
    for one in repeating(now):
        made += _prepare(one.pk, now)
    return made


@transaction.atomic
def _prepare(campaign_id: int, now: datetime) -> int:
    """One campaign's next round, where nobody else has made it meanwhile."""
    made = 0
    locked = Campaign.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation")
    for campaign in locked.filter(pk=campaign_id, next_rounds=None):
        started = campaign.started_at or campaign.created_at
        yearly = campaign.repeats == Repeats.YEARLY and now >= started + YEAR - AHEAD
        changed = campaign.repeats == Repeats.ON_CHANGE and bool(behind_ids(campaign.organisation, campaign.pk))
        if yearly or changed:
            next_round(campaign, now)
            made += 1
    return made
