"""Answers counted without names. That somebody answered is kept by name and day; what was answered only in sums."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from compliance.attestations.models import PublishedCount, Tally
from compliance.attestations.queries import Visit
from compliance.attestations.rules import Shown, ballot, publishable
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation
from compliance.campaigns.rules import LIVE
from compliance.campaigns.services import cancel_reminders
from organisations.models import Organisation
from organisations.services import Event, append_evidence


@transaction.atomic
def count_answer(*, visit: Visit, answers: Mapping[int, str], receipt: str, statement: Shown, now: datetime) -> bool:
    """Adds one person's answers to the tally and marks the person as counted; False when they had been.

    The mark is by day, the tally has no time at all, and the evidence says that somebody answered, not what."""
    day = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    live = Invitation.objects.filter(pk=visit.pk, answered_at=None, revoked_at=None, closes_at__gt=now)
    if not live.update(answered_at=day):
        return False
    AttestationRequest.objects.filter(invitation=visit.pk, pk__in=answers).update(answered_at=day)
    cancel_reminders(Invitation(pk=visit.pk))
    for about, said in ballot(visit.to_answer, answers).marks:
        key: dict[str, Any] = {"campaign_id": visit.campaign_id, "country": visit.country, "about": about, "said": said}
        Tally.objects.get_or_create(**key)
        Tally.objects.filter(**key).update(number=F("number") + 1)
    facts = {
        "campaign": visit.campaign_id,
        "versions": sorted(ask.about for ask in visit.to_answer if ask.request in answers),
        "statement_sha256": statement.sha256,
        "language": statement.language,
        "receipt": receipt,
    }
    event = Event("attestation.counted", facts, personal={"employee": visit.employee_id})
    append_evidence(organisation=Organisation(pk=visit.organisation_id), events=[event], now=now)
    return True


def publish_counts(*, now: datetime) -> int:
    """Publishes the tallies that enough people more are in, and those of campaigns that are over; returns how many."""
    campaigns = Campaign.objects.filter(pk__in=Tally.objects.values("campaign")).select_related("organisation")
    return sum(_publish(campaign, now) for campaign in campaigns.order_by("pk"))


@transaction.atomic
def _publish(campaign: Campaign, now: datetime) -> int:
    tallies: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in Tally.objects.select_for_update().filter(campaign=campaign).order_by("country", "about", "said"):
        tallies[row.country][row.about][row.said] = row.number
    newest = PublishedCount.objects.filter(campaign=campaign).order_by("id")
    published = dict(newest.values_list("country", "people"))
    made = []
    for country, counts in tallies.items():
        people = max(sum(said.values()) for said in counts.values())
        minimum, over = campaign.organisation.minimum_cell, campaign.state not in LIVE
        if publishable(people, published.get(country, 0), minimum, over=over):
            plain = {about: dict(said) for about, said in counts.items()}
            made.append(PublishedCount(campaign=campaign, country=country, people=people, counts=plain, created_at=now))
    if made:
        PublishedCount.objects.bulk_create(made)
        # Every row is written anew, so that no row's version tells which one the last person's answer touched.
        Tally.objects.filter(campaign=campaign).update(number=F("number"))
        events = [
            Event(
                "tally.published",
                {"campaign": campaign.pk, "country": row.country, "people": row.people},
                personal={"counts": row.counts},
            )
            for row in made
        ]
        append_evidence(organisation=campaign.organisation, events=events, now=now)
    return len(made)
