"""Drafts: made, changed, approved, copied. Nothing here reaches anybody."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from compliance.campaigns.models import Campaign, SavedAudience
from compliance.campaigns.queries import audience_size
from compliance.campaigns.rules import Audience, CampaignState, Repeats, Terms
from compliance.campaigns.services.log import CampaignRefused, locked, log
from compliance.catalogue.models import Policy
from organisations.models import Organisation, User

NO_TERMS = Terms()
_CHANGEABLE = {
    "name", "why", "audience", "rolling", "starts_on", "lead_days", "closes_at", "reminders", "reminder_days",
    "joiner_days", "working_hours", "confirm_address", "works_council", "lawful_basis", "notice", "retention_days",
    "assessment",
    "assessment_note", "repeats",
}  # fmt: skip


@transaction.atomic
def create_campaign(
    *,
    organisation: Organisation,
    name: str,
    policies: Iterable[Policy],
    closes_at: datetime,
    user: User | None,
    now: datetime,
    terms: Terms = NO_TERMS,
    **fields: Any,
) -> Campaign:
    """A draft. `fields` are those that `change_campaign` takes."""
    _check_names(fields)
    campaign = Campaign.objects.create(
        organisation=organisation,
        name=name,
        closes_at=closes_at,
        created_by=user,
        created_at=now,
        **({} if terms is NO_TERMS else asdict(terms)),
        **fields,
    )
    campaign.policies.set(policies)
    return campaign


def _check_names(fields: Mapping[str, Any]) -> None:
    if unknown := fields.keys() - _CHANGEABLE:
        raise TypeError(f"not a campaign's to set: {', '.join(sorted(unknown))}")


@transaction.atomic
def change_campaign(
    *, campaign: Campaign, now: datetime, policies: Iterable[Policy] | None = None, **fields: Any
) -> Campaign:
    """Changes a draft; an approval that was given falls, since it was given to something else."""
    _check_names(fields)
    draft = locked(campaign)
    if draft.state != CampaignState.DRAFT:
        raise CampaignRefused("The campaign has started already.")
    before = {name: getattr(draft, name) for name in fields}
    had = sorted(draft.policies.values_list("pk", flat=True))
    chosen = had if policies is None else sorted(policy.pk for policy in policies)
    if before == fields and chosen == had:
        return draft
    for name, value in fields.items():
        setattr(draft, name, value)
    draft.approved_by = draft.approved_at = draft.approved_people = None
    draft.save()
    if chosen != had:
        draft.policies.set(chosen)
    if before.get("works_council", "") != fields.get("works_council", before.get("works_council", "")):
        log(draft, "campaign.works_council_noted", {}, now)
    return draft


@transaction.atomic
def approve_campaign(*, campaign: Campaign, user: User, now: datetime) -> None:
    """A second person's yes. Raises CampaignRefused for whoever made the campaign."""
    draft = locked(campaign)
    if draft.state != CampaignState.DRAFT:
        raise CampaignRefused("The campaign has started already.")
    if draft.created_by_id == user.pk:
        raise CampaignRefused("You made this campaign: somebody else has to approve it.")
    people = audience_size(draft, now.date())
    draft.approved_by, draft.approved_at, draft.approved_people = user, now, people
    draft.save(update_fields=["approved_by", "approved_at", "approved_people"])
    log(draft, "campaign.approved", {"by": user.pk, "people": people}, now)


_COPIED = sorted(_CHANGEABLE - {"starts_on", "closes_at", "name"})


@transaction.atomic
def clone_campaign(
    *,
    campaign: Campaign,
    name: str,
    closes_at: datetime,
    user: User | None,
    now: datetime,
    audience: Audience | None = None,
    follows: bool = False,
) -> Campaign:
    """A draft like another campaign. `follows` makes it that one's next round."""
    fields = {field: getattr(campaign, field) for field in _COPIED}
    if audience is not None:
        fields["audience"] = audience.stored()
    copy = create_campaign(
        organisation=campaign.organisation,
        name=name,
        policies=campaign.policies.all(),
        closes_at=closes_at,
        user=user,
        now=now,
        **fields,
    )
    if follows:
        copy.follows = campaign
        copy.save(update_fields=["follows"])
        if campaign.repeats == Repeats.ON_CHANGE:
            # The new round watches from now on: two that watch would make two drafts of the next change.
            Campaign.objects.filter(pk=campaign.pk).update(repeats=Repeats.NEVER)
    return copy


@transaction.atomic
def delete_draft(*, campaign: Campaign) -> None:
    """Throws a draft away; of a campaign that has started everything stays."""
    if locked(campaign).state != CampaignState.DRAFT:
        raise CampaignRefused("Only a draft can be deleted. Close or cancel this campaign instead.")
    if campaign.follows_id:  # whoever throws the next round away does not want it again
        Campaign.objects.filter(organisation=campaign.organisation_id, pk=campaign.follows_id).update(
            repeats=Repeats.NEVER
        )
    Campaign.objects.filter(pk=campaign.pk).delete()


def save_audience(*, organisation: Organisation, name: str, audience: Audience) -> None:
    """Keeps an audience by a name; the same name again replaces it."""
    SavedAudience.objects.update_or_create(
        organisation=organisation, name=name.strip()[:100], defaults={"audience": audience.stored()}
    )
