"""The answer that a request carries is a copy, for speed. Each night it is held against the append-only rows, and where
the two differ the rows are right."""

import logging
from datetime import datetime

from django.db import transaction

from compliance.attestations.queries import answers_that_differ
from compliance.campaigns.models import AttestationRequest, Campaign
from compliance.campaigns.queries import started_campaigns
from organisations.services import Event, append_evidence

logger = logging.getLogger(__name__)


def reconcile_answers(*, now: datetime) -> int:
    """Sets right whatever differs, in every campaign that ever started; returns how many requests that were."""
    mended = sum(_mend(campaign, now) for campaign in started_campaigns())
    if mended:
        logger.error("%s current answers differed from the recorded ones, and were set right.", mended)
    return mended


@transaction.atomic
def _mend(campaign: Campaign, now: datetime) -> int:
    mended = 0
    for request, carried, recorded in answers_that_differ(campaign):
        # An answer that came meanwhile, the same one too, has another time: then there is nothing to mend.
        found = AttestationRequest.objects.filter(pk=request, answer=carried.answer, answered_at=carried.at)
        mended += found.update(answer=recorded.answer, answered_at=recorded.at)
    if mended:
        event = Event("answers.reconciled", {"campaign": campaign.pk, "requests": mended})
        append_evidence(organisation=campaign.organisation, events=[event], now=now)
    return mended
