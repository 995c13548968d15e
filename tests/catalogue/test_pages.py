"""The catalogue's pages: browser, disagreements, what-if, collection."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from compliance.campaigns.models import AttestationRequest, Campaign, Invitation
from compliance.campaigns.queries import reopened
from compliance.campaigns.services import CampaignRefused, follow_roster, start_campaign
from compliance.catalogue.models import CollectionOverride, Policy, PolicyVersion
from employees.models import Employee
from organisations.models import Organisation
from organisations.rules import Role
from reports.queries import background
from reports.services import request_report
from tests.catalogue.test_resolve_command import CONFLICTS
from tests.pages import html


@pytest.fixture
def browser(signed_in: Callable[..., Client], catalogue: None) -> Client:
    return signed_in(Role.ADMIN)


def test_every_policy_has_its_page(browser: Client) -> None:
    listed = html(browser.get("/o/acme/policies/"))
    for policy in Policy.objects.all():
        assert f"/o/acme/policies/{policy.key}/" in listed
        page = browser.get(f"/o/acme/policies/{policy.key}/")
        assert page.status_code == 200
        assert policy.summary in page.content.decode().replace("&#x27;", "'")
    assert browser.get("/o/acme/policies/nothing/").status_code == 404


def test_all_thirteen_conflicts_stand_side_by_side(browser: Client) -> None:
    page = html(browser.get("/o/acme/policies/disagreements/"))
    assert {name for name in CONFLICTS if f'id="{name}"' in page} == CONFLICTS
    assert page.count("We read it as:") == 13
    assert "lines 000:6, 002:37" in page


def test_changes_since_a_day(browser: Client) -> None:
    page = html(browser.get("/o/acme/policies/?since=2026-04-01"))
    assert "GitHub" in page.partition("What has changed since")[2]
    assert "No version has taken effect since 1 January 2030" in html(browser.get("/o/acme/policies/?since=2030-01-01"))


def test_what_if(browser: Client) -> None:
    page = html(browser.get("/o/acme/policies/what-if/?country=GB&on=2025-11-03"))
    assert "LinkedIn announced that this applies to members in the United Kingdom" in page
    assert "/o/acme/policies/disagreements/#uk-in-genai" in page
    nobody = html(browser.get("/o/acme/policies/what-if/?on=2025-11-03"))
    assert "a country that we do not know" in nobody
    wrong = browser.get("/o/acme/policies/what-if/?country=GB&state=US-CA")
    assert wrong.status_code == 422
    assert "A US state goes with the United States" in html(wrong)


def test_an_override_is_recorded_shown_where_it_acts_and_withdrawn(browser: Client) -> None:
    form = {"jurisdiction": "US-CA", "mode": "named", "author_name": "Dana Counsel", "reason": "Signed off."}
    assert "Dana Counsel" in html(browser.post("/o/acme/policies/collection/override/", form, follow=True))
    acting = html(browser.get("/o/acme/policies/what-if/?country=US&state=US-CA"))
    assert "Decided by Dana Counsel on" in acting
    assert "Signed off." in acting
    browser.post("/o/acme/policies/collection/US-CA/withdraw/")
    assert "Dana Counsel" not in html(browser.get("/o/acme/policies/what-if/?country=US&state=US-CA"))
    assert CollectionOverride.objects.get().withdrawn_at is not None


def test_an_override_without_a_reason_is_refused(browser: Client) -> None:
    response = browser.post("/o/acme/policies/collection/override/", {"jurisdiction": "US-CA", "mode": "named"})
    assert response.status_code == 422
    assert not CollectionOverride.objects.exists()


def test_an_overdue_policy_is_flagged(browser: Client, invite: Callable[..., Invitation]) -> None:
    invite()
    Policy.objects.filter(key="zoom").update(review_due=date(2020, 1, 1))
    assert "Check is overdue" in html(browser.get("/o/acme/policies/"))
    assert "1 policy to check" in html(browser.get("/o/acme/"))


def test_a_new_version_says_how_many_people_it_reopens(
    browser: Client, invite: Callable[..., Invitation], organisation: Organisation
) -> None:
    invite()
    today = timezone.localdate()
    assert reopened(organisation, today) == {}
    old = PolicyVersion.objects.get(policy__key="linkedin-genai-training", key="v2024-09")
    AttestationRequest.objects.update(policy_version=old)
    assert reopened(organisation, today) == {"linkedin-genai-training": 1}
    page = html(browser.get("/o/acme/"))
    assert "This re-opens 1 person" in page
    assert "Nothing has been sent about it" in page


def test_germany_needs_the_works_council(campaign: Campaign, hire: Callable[..., Employee], browser: Client) -> None:
    Campaign.objects.update(works_council="")
    hire("Ada", "GB"), hire("Bob", "DE")
    assert "People in Germany may be asked only in agreement" in html(browser.get(f"/o/acme/campaigns/{campaign.pk}/"))
    with pytest.raises(CampaignRefused, match="People in Germany may be asked only in agreement"):
        start_campaign(campaign=campaign, now=timezone.now())
    terms = asdict(campaign.terms) | {"works_council": "Agreement of 1 October."}
    browser.post(f"/o/acme/campaigns/{campaign.pk}/set-up/terms/", terms)
    assert start_campaign(campaign=campaign, now=timezone.now()) == 2


def test_a_german_joiner_without_agreement_is_told_and_not_asked(
    campaign: Campaign, hire: Callable[..., Employee]
) -> None:
    Campaign.objects.update(works_council="")
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    hire("Bob", "DE")
    assert follow_roster(campaign=campaign, now=timezone.now()) == (1, 0)
    assert AttestationRequest.objects.get(invitation__employee__name="Bob").collection_mode == "inform_only"


def test_a_report_names_the_overrides_that_acted_and_no_others(
    browser: Client, campaign: Campaign, hire: Callable[..., Employee], organisation: Organisation
) -> None:
    def override(jurisdiction: str) -> None:
        form = {"jurisdiction": jurisdiction, "mode": "named", "author_name": "Dana", "reason": "Signed off."}
        browser.post("/o/acme/policies/collection/override/", form)

    hire("Ada", "US", subdivision="US-CA"), hire("Bob", "US", subdivision="US-NY")
    override("US-CA")
    start_campaign(campaign=campaign, now=timezone.now())
    browser.post("/o/acme/policies/collection/US-CA/withdraw/")
    late = {"jurisdiction": "US-NY", "mode": "named", "author_name": "Eve", "reason": "Too late for this campaign."}
    browser.post("/o/acme/policies/collection/override/", late)
    report = request_report(organisation=organisation, campaign=campaign, user=None, now=timezone.now())
    assert [where for where, _ in background(report.organisation, report.campaign, report.as_of).overrides] == ["US-CA"]


def test_a_draft_that_lacks_the_works_council_offers_no_start(
    browser: Client, campaign: Campaign, hire: Callable[..., Employee]
) -> None:
    hire("Bob", "DE")
    path = f"/o/acme/campaigns/{campaign.pk}/"
    assert "Start and send" in html(browser.get(path))
    Campaign.objects.update(works_council="")
    assert "Start and send" not in html(browser.get(path))
