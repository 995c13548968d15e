"""Counts a large campaign's figures once for everybody who looks."""

import time
from datetime import datetime, timedelta

from compliance.campaigns.models import Campaign
from organisations.here import within
from organisations.queries.evidence import evidence_head
from reports.models import KeptFigures
from reports.queries.kept import in_force, pack
from reports.queries.readiness import count

LEASE = timedelta(minutes=5)  # the longest that counting may take


def keep_figures(*, campaign_id: int, now: datetime) -> bool:
    """Counts as of `now` and keeps that; False when another worker is at it, or the campaign is gone.

    No view of the rows is held meanwhile, and none is needed: no question counts what came after `now`. Whatever else
    changes under them (an act that was still being written, an erasure) is in the log after the number that is kept
    with the figures, so they are known to be behind and are counted again.
    """
    campaign = Campaign.objects.select_related("organisation").filter(pk=campaign_id).first()
    if campaign is None or not _claim(campaign, now):
        return False
    began, (seq, _hash), catalogue = time.monotonic(), evidence_head(campaign.organisation), in_force(now)
    with within(campaign.organisation_id, campaign):
        counted = count(campaign, now, notes=True)
    KeptFigures.objects.filter(campaign=campaign).update(
        as_of=now,
        log_seq=seq,
        people=counted.exact.total.asked + counted.exact.total.informed,
        seconds=time.monotonic() - began,
        counted=pack(counted, mode=campaign.organisation.works_council_mode, in_force=catalogue),
        busy_until=now,
    )
    return True


def _claim(campaign: Campaign, now: datetime) -> bool:
    """One worker counts; when it died, another may after a while."""
    _row, new = KeptFigures.objects.get_or_create(campaign=campaign, defaults={"busy_until": now + LEASE})
    free = KeptFigures.objects.filter(campaign=campaign, busy_until__lte=now)
    return new or bool(free.update(busy_until=now + LEASE))
