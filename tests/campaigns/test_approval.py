"""A second person's yes to a campaign that reaches many."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from compliance.campaigns.models import Campaign
from compliance.campaigns.services import CampaignRefused, approve_campaign, change_campaign, start_campaign
from compliance.campaigns.views.summaries import summary
from employees.models import Employee
from organisations.models import Organisation, User
from organisations.rules import Role
from organisations.services import add_member

Hire = Callable[..., Employee]


def user(organisation: Organisation, name: str) -> User:
    return add_member(
        organisation=organisation, email=f"{name}@acme.example", role=Role.ADMIN, now=timezone.now(), password="x" * 14
    ).user


def test_a_big_campaign_needs_a_second_person(campaign: Campaign, hire: Hire, organisation: Organisation) -> None:
    Organisation.objects.filter(pk=organisation.pk).update(approval_above=1)
    hire("Ada", "GB"), hire("Bob", "GB")
    maker, other = user(organisation, "maker"), user(organisation, "other")
    Campaign.objects.filter(pk=campaign.pk).update(created_by=maker)
    with pytest.raises(CampaignRefused, match=r"reaches 2 people\. Above 1, a second"):
        start_campaign(campaign=campaign, now=timezone.now(), user=maker)
    with pytest.raises(CampaignRefused, match="somebody else has to approve"):
        approve_campaign(campaign=campaign, user=maker, now=timezone.now())
    approve_campaign(campaign=campaign, user=other, now=timezone.now())
    campaign.refresh_from_db()
    assert campaign.approved_people == 2
    with pytest.raises(CampaignRefused, match="somebody else has to start"):
        start_campaign(campaign=campaign, now=timezone.now(), user=other)
    assert start_campaign(campaign=campaign, now=timezone.now(), user=maker) == 2


def test_an_approval_is_for_so_many_people_and_no_more(
    campaign: Campaign, hire: Hire, organisation: Organisation
) -> None:
    """A roster that grew since is not what somebody said yes to."""
    Organisation.objects.filter(pk=organisation.pk).update(approval_above=1)
    hire("Ada", "GB"), hire("Bob", "GB")
    other = user(organisation, "other")
    approve_campaign(campaign=campaign, user=other, now=timezone.now())
    hire("Cy", "GB")
    campaign.refresh_from_db()
    assert "approved for 2 people and reaches 3" in summary(campaign, timezone.now()).blocks[-1]
    with pytest.raises(CampaignRefused, match="approved for 2 people and reaches 3"):
        start_campaign(campaign=campaign, now=timezone.now(), user=user(organisation, "maker"))
    approve_campaign(campaign=campaign, user=other, now=timezone.now())
    assert start_campaign(campaign=campaign, now=timezone.now(), user=user(organisation, "starter")) == 3


def test_a_change_takes_an_approval_away(campaign: Campaign, organisation: Organisation) -> None:
    approve_campaign(campaign=campaign, user=user(organisation, "other"), now=timezone.now())
    change_campaign(campaign=campaign, now=timezone.now(), name=campaign.name)
    campaign.refresh_from_db()
    assert campaign.approved_by is not None
    assert campaign.approved_people == 0
    change_campaign(campaign=campaign, now=timezone.now(), why="Another reason")
    campaign.refresh_from_db()
    assert campaign.approved_by is None
    assert campaign.approved_people is None
