"""Campaigns as a whole."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from compliance.campaigns.models import (
    Campaign,
    Invitation,
    LetterText,
    SavedAudience,
)
from compliance.campaigns.rules import LIVE, CampaignState, Repeats
from organisations.models import Organisation


def campaigns(organisation: Organisation) -> QuerySet[Campaign]:
    return Campaign.objects.filter(organisation=organisation).order_by("-id")


def campaigns_by_id(ids: set[int]) -> dict[int, Campaign]:
    """For a worker, which serves all organisations."""
    rows = Campaign.objects.filter(pk__in=ids).select_related("organisation").order_by("id")
    return {row.pk: row for row in rows}


def overdue_campaigns(now: datetime) -> list[Campaign]:
    """Campaigns past their last day, of which no link works any more either."""
    living = Invitation.objects.filter(campaign=OuterRef("pk"), revoked_at=None, closes_at__gt=now)
    rows = Campaign.objects.filter(~Exists(living), state__in=LIVE, closes_at__lte=now)
    return list(rows.select_related("organisation").order_by("id"))


def campaign(organisation: Organisation, pk: int) -> Campaign | None:
    return Campaign.objects.filter(organisation=organisation, pk=pk).select_related("organisation").first()


def running_campaigns(organisation_id: int | None = None) -> QuerySet[Campaign]:
    """Running and paused campaigns of one organisation, or of all for the hourly reconcile."""
    running = Campaign.objects.filter(state__in=LIVE).select_related("organisation").order_by("id")
    return running if organisation_id is None else running.filter(organisation_id=organisation_id)


def started_campaigns() -> QuerySet[Campaign]:
    """Of all organisations, for the nightly reconcile: whatever may have answers."""
    return Campaign.objects.exclude(started_at=None).select_related("organisation").order_by("id")


def saved_audiences(organisation: Organisation) -> QuerySet[SavedAudience]:
    return SavedAudience.objects.filter(organisation=organisation).order_by("name")


def own_texts(organisation: Organisation) -> dict[tuple[str, str], str]:
    """(language, slot) → the organisation's own words."""
    rows = LetterText.objects.filter(organisation=organisation).order_by("language", "slot")
    return {(language, slot): text for language, slot, text in rows.values_list("language", "slot", "text")}


def drafted_rounds(organisation: Organisation) -> QuerySet[Campaign]:
    """Next rounds that wait for somebody to start them."""
    rows = Campaign.objects.filter(organisation=organisation, state=CampaignState.DRAFT).exclude(follows=None)
    return rows.select_related("follows").order_by("id")


def repeating(now: datetime) -> list[Campaign]:
    """Started campaigns that want a next round and have none yet."""
    rows = Campaign.objects.exclude(repeats=Repeats.NEVER).exclude(started_at=None).filter(next_rounds=None)
    rows = rows.exclude(state=CampaignState.CANCELLED)
    return list(rows.select_related("organisation").order_by("id"))
