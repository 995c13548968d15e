"""“My profile says another country”: what applies is decided anew at once, and what was answered is not lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from compliance.attestations.models import Attestation
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message, RegionClaim
from compliance.campaigns.services import claim_region, create_campaign, new_link, start_campaign
from compliance.campaigns.services.delivery import deliver_due
from compliance.catalogue.queries import member_policies
from employees.models import Employee
from organisations.models import EvidenceEntry, EvidencePersonal, Organisation
from reports.queries import readiness
from tests.attestations.browsing import fields, open_link, send
from tests.conftest import TERMS

Invite = Callable[..., Invitation]


def claim(invitation: Invitation, country: str) -> Invitation:
    claim_region(invitation=invitation, country=country, now=timezone.now())
    return Invitation.objects.get(pk=invitation.pk)


def test_the_page_offers_it_and_says_at_once_what_applies_there(invite: Invite) -> None:
    browser, page = open_link(invite())
    assert "My profile says another country" in page.content.decode()
    answer = browser.post(page.request["PATH_INFO"] + "region/", {"country": "US"}, follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain[-1] == (page.request["PATH_INFO"], 303)
    assert "in your region (United States)" in html
    assert "You told us that your profile says United States. The staff list says United Kingdom." in html
    assert Invitation.objects.get().profile_country == "US"
    entry = EvidenceEntry.objects.get(kind="region.claimed")
    assert "US" not in str(entry.facts)
    assert EvidencePersonal.objects.get(entry=entry).content["country"] == "US"


def test_it_can_be_taken_back(invite: Invite) -> None:
    invitation = claim(invite(), "US")
    browser, page = open_link(invitation)
    back = browser.post(page.request["PATH_INFO"] + "region/", {"country": "GB"}, follow=True)
    assert "in your region (United Kingdom)" in back.content.decode()
    assert list(RegionClaim.objects.order_by("id").values_list("country", flat=True)) == ["US", ""]


@pytest.mark.parametrize("country", ["", "XX", "United States"])
def test_what_is_no_country_is_a_clear_message(invite: Invite, country: str) -> None:
    invitation = invite()
    browser, page = open_link(invitation)
    answer = browser.post(page.request["PATH_INFO"] + "region/", {"country": country})
    assert answer.status_code == 422
    assert "Choose a country from the list." in answer.content.decode()
    assert not RegionClaim.objects.exists()
    # The answer form of that page goes where an answer is taken.
    assert f'action="{page.request["PATH_INFO"]}?lang=en"' in answer.content.decode()


def test_an_answer_stays_where_the_same_is_asked(invite: Invite) -> None:
    invitation = invite()
    send(invitation, "left_on")
    request = AttestationRequest.objects.get()
    claim(invitation, "US")
    assert AttestationRequest.objects.get().pk == request.pk
    assert AttestationRequest.objects.get().answer == "left_on"
    assert AttestationRequest.objects.get().region_status == "continuing"


@pytest.fixture
def by_form(catalogue: None, organisation: Organisation) -> Campaign:
    """About Meta's objection form, which people outside Europe and the UK do not have."""
    return create_campaign(
        organisation=organisation,
        name="Meta",
        policies=member_policies().filter(key="meta-ai-objection"),
        works_council="",
        working_hours=False,
        terms=TERMS,
        closes_at=timezone.now() + timedelta(days=30),
        user=None,
        now=timezone.now(),
    )


def test_what_does_not_apply_there_is_withdrawn_and_comes_back(
    by_form: Campaign, hire: Callable[..., Employee]
) -> None:
    hire("Ada", "FR", language="en")
    start_campaign(campaign=by_form, now=timezone.now())
    invitation = Invitation.objects.get()
    send(invitation, "form_sent")
    before = readiness(by_form, timezone.now(), 1).total
    browser, page = open_link(invitation)
    html = browser.post(page.request["PATH_INFO"] + "region/", {"country": "JP"}, follow=True).content.decode()
    assert "You need not do anything" in html
    assert 'type="radio"' not in html
    request = AttestationRequest.objects.get()
    assert request.withdrawn_at is not None
    assert Attestation.objects.get().answer == "form_sent"  # what was said stays said
    assert (before.asked, readiness(by_form, timezone.now(), 1).total.asked) == (1, 0)
    # As it was before the claim, the figure is as it was.
    assert readiness(by_form, request.withdrawn_at - timedelta(microseconds=1), 1).total == before
    claim(invitation, "")
    assert AttestationRequest.objects.filter(withdrawn_at=None).count() == 1


def test_reminders_speak_of_the_country_that_was_claimed(campaign: Campaign, invite: Invite) -> None:
    invitation = claim(invite(), "US")
    Message.objects.create(
        organisation=campaign.organisation, campaign=campaign, invitation=invitation, kind="reminder", step=1
    )
    Message.objects.filter(kind="instruction").update(state="cancelled")
    deliver_due()
    letter = Message.objects.select_related("letter").get(kind="reminder").letter
    assert letter
    assert "United States" in letter.text


def test_saying_the_same_again_writes_nothing(invite: Invite) -> None:
    invitation = invite()
    assert not claim_region(invitation=invitation, country="GB", now=timezone.now())
    claim(invitation, "US")
    assert not claim_region(invitation=invitation, country="US", now=timezone.now())
    assert RegionClaim.objects.count() == 1


def test_an_answer_given_on_an_old_page_is_not_lost_in_silence(invite: Invite) -> None:
    """The page was open while the request behind it was withdrawn: nothing is recorded, the page comes back."""
    browser, page = open_link(invite())
    AttestationRequest.objects.update(withdrawn_at=timezone.now())
    answer = browser.post(page.request["PATH_INFO"], fields(page, "left_on"))
    assert answer.status_code == 405
    assert not Attestation.objects.exists()


def test_a_message_about_the_country_is_in_the_page_s_language(invite: Invite) -> None:
    browser, page = open_link(invite())
    answer = browser.post(page.request["PATH_INFO"] + "region/?lang=de", {"country": "XX"})
    assert "Choose a country from the list." not in answer.content.decode()
    assert "aus der Liste" in answer.content.decode()


def test_a_mail_after_it_says_whose_word_the_country_is(invite: Invite) -> None:
    invitation = claim(invite(), "US")
    new_link(invitation=invitation, now=timezone.now())
    deliver_due()
    letter = Message.objects.select_related("letter").get(kind="link").letter
    assert letter
    assert "You told us that your profile says United States." in letter.text
    assert "The staff list says so" not in letter.text
