"""Who gets into a campaign, and who gets out of it again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from compliance.campaigns.letters.words import personal_link
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.services import (
    CampaignRefused,
    close_campaign,
    close_overdue,
    follow_roster,
    send_again,
    start_campaign,
)
from employees.models import Employee
from tests.counting import snapshot

Hire = Callable[..., Employee]


def test_starting_makes_one_invitation_one_request_one_mail_each(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB"), hire("Bob", "US", subdivision="US-CA"), hire("Cy", "JP"), hire("Dee", "FR", status="left")
    assert start_campaign(campaign=campaign, now=timezone.now()) == 3
    requests = AttestationRequest.objects.order_by("invitation__employee__name")
    assert [(r.invitation.employee.name, r.advice, r.collection_mode) for r in requests] == [
        ("Ada", "send", "named"),
        ("Bob", "send", "inform_only"),
        ("Cy", "send_neutral", "named"),
    ]
    assert Message.objects.filter(kind="instruction", state="queued").count() == 3


def test_starting_twice_is_refused(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    with pytest.raises(CampaignRefused, match="running already"):
        start_campaign(campaign=campaign, now=timezone.now())


def test_a_campaign_that_concerns_nobody_does_not_start(campaign: Campaign) -> None:
    before = snapshot()
    with pytest.raises(CampaignRefused, match="Nobody on the roster is concerned"):
        start_campaign(campaign=campaign, now=timezone.now())
    assert snapshot() == before


def test_a_campaign_whose_last_day_has_passed_does_not_start(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    with pytest.raises(CampaignRefused, match="last day to answer has passed"):
        start_campaign(campaign=campaign, now=timezone.now() + timedelta(days=31))


def test_the_roster_is_followed(campaign: Campaign, hire: Hire) -> None:
    ada = hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    Employee.objects.filter(pk=ada.pk).update(status="left")
    hire("Bob", "DE")
    assert follow_roster(campaign=campaign, now=timezone.now()) == (1, 1)
    assert Invitation.objects.get(employee=ada).revoked_at is not None
    assert Message.objects.get(invitation__employee=ada).state == "cancelled"
    assert Message.objects.get(invitation__employee__name="Bob").state == "queued"


def test_following_again_changes_nothing(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    before = snapshot()
    assert follow_roster(campaign=campaign, now=timezone.now()) == (0, 0)
    assert snapshot() == before


def test_closing_cancels_what_waits(campaign: Campaign, hire: Hire, now: datetime) -> None:
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    close_campaign(campaign=campaign, now=timezone.now())
    assert Message.objects.get().state == "cancelled"
    with pytest.raises(CampaignRefused, match="Only a running campaign"):
        close_campaign(campaign=campaign, now=timezone.now())


def test_no_token_is_stored(campaign: Campaign, invite: Callable[..., Invitation]) -> None:
    token = personal_link(invite()).rpartition("/")[2]
    assert len(token) == 43
    assert token not in repr(snapshot())


def test_somebody_who_was_left_out_by_mistake_gets_their_mail_after_all(campaign: Campaign, hire: Hire) -> None:
    ada = hire("Ada", "GB")
    hire("Bob", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    Employee.objects.filter(pk=ada.pk).update(status="left")
    follow_roster(campaign=campaign, now=timezone.now())
    Employee.objects.filter(pk=ada.pk).update(status="active")
    assert follow_roster(campaign=campaign, now=timezone.now()) == (1, 0)
    invitation = Invitation.objects.get(employee=ada)
    assert (invitation.revoked_at, Message.objects.get(invitation=invitation).state) == (None, "queued")


def test_campaigns_end_on_their_day(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    assert close_overdue(now=timezone.now()) == 0
    closes_at = campaign.closes_at
    assert close_overdue(now=closes_at + timedelta(days=1)) == 1
    campaign.refresh_from_db()
    assert (campaign.state, campaign.closes_at) == ("closed", closes_at)


def test_failed_mails_can_be_sent_again(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    campaign.refresh_from_db()
    Message.objects.update(state="failed", attempts=6)
    assert send_again(campaign=campaign, which="failed", now=timezone.now()) == 1
    assert Message.objects.get().state == "queued"
