"""Counts a large campaign's figures once for everybody who looks."""

import time
from datetime import datetime, timedelta

from django.db import transaction

from compliance.campaigns.models import Campaign
from organisations.queries.evidence import evidence_head
from reports.models import KeptFigures
from reports.queries.kept import pack
from reports.queries.readiness import count

LEASE = timedelta(minutes=5)  # the longest that counting may take


def keep_figures(*, campaign_id: int, now: datetime) -> bool:
    """Counts as of `now` and keeps that; False when another worker is at it, or the campaign is gone.

    What happens meanwhile is after the log's number that is kept with the figures, so they are known to be behind it.
    """
    campaign = Campaign.objects.select_related("organisation").filter(pk=campaign_id).first()
    if campaign is None or not _claim(campaign, now):
        return False
    began, (seq, _hash) = time.monotonic(), evidence_head(campaign.organisation)
    with transaction.atomic():  # one view of the rows
        counted = count(campaign, now, notes=True)
    KeptFigures.objects.filter(campaign=campaign).update(
        as_of=now,
        log_seq=seq,
        people=counted.exact.total.asked + counted.exact.total.informed,
        seconds=time.monotonic() - began,
        counted=pack(counted, mode=campaign.organisation.works_council_mode),
        busy_until=now,
    )
    return True


def _claim(campaign: Campaign, now: datetime) -> bool:
    """One worker counts; when it died, another may after a while."""
    _row, new = KeptFigures.objects.get_or_create(campaign=campaign, defaults={"busy_until": now + LEASE})
    free = KeptFigures.objects.filter(campaign=campaign, busy_until__lte=now)
    return new or bool(free.update(busy_until=now + LEASE))
