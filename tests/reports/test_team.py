"""A manager sees how many of their team have answered, from the minimum on, in steps, and nothing about anybody."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.campaigns.models import Campaign, Invitation
from compliance.campaigns.services import start_campaign
from employees.models import Employee
from organisations.models import Organisation
from organisations.rules import Role
from reports.queries.team import team_response
from tests.conftest import give

BOSS = "manager@acme.example"


@pytest.fixture
def team(campaign: Campaign, hire: Callable[..., Employee]) -> Callable[..., list[Invitation]]:
    """`team(8, "GB")`: so many people who report to the manager, and as many who do not, all asked."""

    def make(number: int) -> list[Invitation]:
        for each in range(number):
            hire(f"Mine {each}", "GB", manager_email=BOSS.upper() if each % 2 else BOSS)
            hire(f"Other {each}", "GB", manager_email="else@acme.example")
        start_campaign(campaign=campaign, now=timezone.now())
        mine = Invitation.objects.filter(employee__manager_email__iexact=BOSS)
        return list(mine.order_by("pk"))

    return make


def page(signed_in: Callable[..., Client]) -> str:
    return signed_in(Role.MANAGER).get(reverse("team", args=["acme"])).content.decode()


def test_answers_are_shown_in_steps(
    team: Callable[..., list[Invitation]], campaign: Campaign, signed_in: Callable[..., Client]
) -> None:
    mine = team(12)
    shown = []
    for invitation in mine:
        give(invitation, "already_off")
        found = team_response(campaign.organisation, campaign, BOSS, timezone.now(), 5)
        shown.append(found.answered)
        assert found.asked == 12
    assert shown == [0, 0, 0, 0, 5, 5, 5, 5, 5, 5, 5, 5]  # never all: that would tell of each
    said = page(signed_in)
    assert "42 %" in said
    assert "Mine" not in said
    assert "@acme.example" not in said.replace("manager@acme.example", "")


def test_a_team_below_the_minimum_is_not_shown(
    team: Callable[..., list[Invitation]], campaign: Campaign, signed_in: Callable[..., Client]
) -> None:
    for invitation in team(4):
        give(invitation, "left_on")
    found = team_response(campaign.organisation, campaign, BOSS, timezone.now(), 5)
    assert (found.asked, found.answered, found.too_few) == (0, 0, True)
    assert "too few to show" in page(signed_in)


def test_what_was_answered_makes_no_difference(team: Callable[..., list[Invitation]], campaign: Campaign) -> None:
    mine = team(10)
    for invitation, answer in zip(
        mine, ["left_on", "already_off", "need_help", "no_account", "prefer_not_to_say"], strict=False
    ):
        give(invitation, answer)
    assert team_response(campaign.organisation, campaign, BOSS, timezone.now(), 5).answered == 5


def test_another_organisations_staff_with_the_same_manager_is_no_team_of_mine(
    team: Callable[..., list[Invitation]], campaign: Campaign, other_organisation: Organisation, now: datetime
) -> None:
    team(6)
    assert team_response(campaign.organisation, campaign, BOSS, timezone.now(), 5).asked == 6
    assert team_response(other_organisation, campaign, BOSS, timezone.now(), 5).asked == 0


def test_in_works_council_mode_a_team_is_of_five_people_at_least(
    team: Callable[..., list[Invitation]], signed_in: Callable[..., Client]
) -> None:
    team(4)
    Organisation.objects.update(minimum_cell=1)
    assert "Fewer than" not in page(signed_in)
    Organisation.objects.update(works_council_mode=True)
    assert "Fewer than 5 of your team were asked" in page(signed_in)
