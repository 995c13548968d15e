"""Answers counted without names. That somebody answered is kept by name and time; what was answered only in sums."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Value, When

from compliance.attestations.models import PublishedCount, Tally
from compliance.attestations.queries import Visit
from compliance.attestations.rules import Shown, outcome_of, publishable
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation
from compliance.campaigns.services import cancel_reminders
from compliance.catalogue.rules import Outcome
from organisations.models import Organisation
from organisations.services import Event, append_evidence


@transaction.atomic
def count_answer(*, visit: Visit, answers: Mapping[int, str], receipt: str, statement: Shown, now: datetime) -> bool:
    """Adds one person to the tally and marks them as counted; False when they had been.

    The tally has no time, and the evidence says that somebody answered, not what."""
    _stand_in_line(visit.campaign_id)
    live = Invitation.objects.filter(pk=visit.pk, answered_at=None, revoked_at=None, closes_at__gt=now)
    if not live.update(answered_at=now):
        return False
    AttestationRequest.objects.filter(invitation=visit.pk, pk__in=answers).update(answered_at=now)
    cancel_reminders(Invitation(pk=visit.pk))
    if outcome := outcome_of(visit.to_answer, answers):
        _add(visit.campaign_id, visit.country, outcome)
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


def _stand_in_line(campaign_id: int) -> None:
    """Whoever counts or publishes locks the campaign first: in one order, so that no two wait for each other."""
    Campaign.objects.select_for_update(no_key=True).filter(pk=campaign_id).values_list("pk").get()


def _add(campaign_id: int, country: str, outcome: Outcome) -> None:
    """One more. All rows of the country are made at once, in the order of their names, and all are written: neither
    the order of rows nor their versions tell what the first or the last person said."""
    rows = Tally.objects.filter(campaign=campaign_id, country=country)
    if not rows.exists():
        names = sorted(each.value for each in Outcome)
        Tally.objects.bulk_create([Tally(campaign_id=campaign_id, country=country, outcome=name) for name in names])
    rows.update(number=F("number") + Case(When(outcome=outcome, then=Value(1)), default=Value(0)))


def publish_counts(*, now: datetime) -> int:
    """Publishes the tallies that enough people more are in; returns how many."""
    campaigns = Campaign.objects.filter(pk__in=Tally.objects.values("campaign")).select_related("organisation")
    return sum(_publish(campaign, now) for campaign in campaigns.order_by("pk"))


@transaction.atomic
def _publish(campaign: Campaign, now: datetime) -> int:
    _stand_in_line(campaign.pk)
    tallies: dict[str, dict[str, int]] = defaultdict(dict)
    for row in Tally.objects.filter(campaign=campaign, number__gt=0).order_by("country", "outcome"):
        tallies[row.country][row.outcome] = row.number
    newest = PublishedCount.objects.filter(campaign=campaign).order_by("id")
    published = dict(newest.values_list("country", "people"))
    made = [
        PublishedCount(campaign=campaign, country=country, people=people, counts=counts, created_at=now)
        for country, counts in tallies.items()
        if publishable(people := sum(counts.values()), published.get(country, 0), campaign.organisation.smallest_group)
    ]
    if made:
        PublishedCount.objects.bulk_create(made)
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
