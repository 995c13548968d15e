"""Every policy that staff can be asked about goes the whole way, alone and together: mail, page, answer, figures."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from compliance.attestations.models import Attestation
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.services import create_campaign, start_campaign
from compliance.campaigns.services.delivery import deliver_due
from compliance.catalogue.queries import member_policies
from employees.models import Employee
from organisations.models import Organisation
from reports.queries import readiness
from tests.conftest import TERMS, link_path

ASKABLE = [
    ("linkedin-genai-training", "GB", "switched_off_now"),
    ("linkedin-affiliates-partners", "CA", "already_off"),
    ("linkedin-objection-form", "GB", "form_sent"),
    ("meta-ai-objection", "FR", "form_acknowledged"),
    ("meta-ai-objection", "GB", "form_sent"),
    ("github-copilot", "JP", "switched_off_now"),
    ("openai-chatgpt", "GB", "no_account"),
    ("anthropic-claude", "GB", "left_on"),
    ("google-gemini", "GB", "switched_off_now"),
    ("x-grok", "GB", "switched_off_now"),
    ("adobe-content-analysis", "GB", "already_off"),
    ("dropbox-third-party-ai", "JP", "need_help"),
]


@pytest.fixture
def campaign_of(catalogue: None, organisation: Organisation) -> Callable[..., Campaign]:
    def make(*keys: str) -> Campaign:
        return create_campaign(
            organisation=organisation,
            name="Campaign",
            policies=member_policies().filter(key__in=keys),
            works_council="Agreement of 1 October 2025.",
            working_hours=False,
            terms=TERMS,
            closes_at=timezone.now() + timedelta(days=30),
            user=None,
            now=timezone.now(),
        )

    return make


def open_page(invitation: Invitation) -> tuple[Client, str, str]:
    browser = Client()
    page = browser.get(link_path(invitation), follow=True)
    assert page.status_code == 200
    return browser, page.request["PATH_INFO"], page.content.decode()


def fields(html: str, answers: dict[int, str]) -> dict[str, str]:
    found = re.search(r'name="submission" value="([^"]+)"', html)
    assert found
    versions = dict(AttestationRequest.objects.values_list("pk", "policy_version_id"))
    return {"submission": found[1]} | {f"answer-{versions[pk]}": answer for pk, answer in answers.items()}


def test_the_table_has_every_askable_policy(catalogue: None) -> None:
    assert {policy.key for policy in member_policies()} == {key for key, _, _ in ASKABLE}


@pytest.mark.parametrize(("key", "country", "answer"), ASKABLE)
def test_a_policy_goes_the_whole_way(
    key: str, country: str, answer: str, campaign_of: Callable[..., Campaign], hire: Callable[..., Employee]
) -> None:
    campaign = campaign_of(key)
    hire("Ada", country, language="en")
    assert start_campaign(campaign=campaign, now=timezone.now()) == 1
    request = AttestationRequest.objects.select_related("policy_version__policy").get()
    policy = request.policy_version.policy
    deliver_due()
    assert policy.platform in Message.objects.get().subject
    browser, path, html = open_page(Invitation.objects.get())
    assert policy.title in html
    assert "no country" not in html
    response = browser.post(path, fields(html, {request.pk: answer}), follow=True)
    assert response.redirect_chain[-1][0].endswith("/thanks/")
    assert Attestation.objects.get().answer == answer


def test_several_policies_are_one_mail_and_one_page(
    campaign_of: Callable[..., Campaign], hire: Callable[..., Employee]
) -> None:
    campaign = campaign_of("linkedin-genai-training", "meta-ai-objection", "linkedin-objection-form")
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    assert Message.objects.count() == 1
    asked = {
        r.policy_version.policy.key: r for r in AttestationRequest.objects.select_related("policy_version__policy")
    }
    assert asked["linkedin-objection-form"].advice == "offer"
    browser, path, html = open_page(Invitation.objects.get())
    assert html.index("An optional extra") > html.index("Meta")
    # Both that are asked need an answer; the extra may be left out.
    genai, meta = asked["linkedin-genai-training"].pk, asked["meta-ai-objection"].pk
    assert browser.post(path, fields(html, {genai: "already_off"})).status_code == 422
    assert not Attestation.objects.exists()
    browser.post(path, fields(html, {genai: "already_off", meta: "form_sent"}))
    assert Attestation.objects.count() == 2


def test_a_person_asked_twice_is_confirmed_when_both_are(
    campaign_of: Callable[..., Campaign], hire: Callable[..., Employee]
) -> None:
    campaign = campaign_of("linkedin-genai-training", "meta-ai-objection", "linkedin-objection-form")
    hire("Ada", "GB"), hire("Bob", "GB"), hire("Cy", "US")
    start_campaign(campaign=campaign, now=timezone.now())
    given = {"Ada": ("already_off", "form_sent"), "Bob": ("already_off", "prefer_not_to_say")}
    for name, (genai, meta) in given.items():
        invitation = Invitation.objects.get(employee__name=name)
        pks = {r.policy_version.policy.key: r.pk for r in AttestationRequest.objects.filter(invitation=invitation)}
        browser, path, html = open_page(invitation)
        answers = {pks["linkedin-genai-training"]: genai, pks["meta-ai-objection"]: meta}
        if name == "Ada":
            answers[pks["linkedin-objection-form"]] = "form_sent"
        browser.post(path, fields(html, answers))
    found = readiness(campaign, timezone.now(), 1).total
    assert (found.asked, found.confirmed, found.declined, found.informed) == (2, 1, 1, 1)
    assert (found.offered, found.taken) == (2, 1)


def test_an_offer_alone_needs_one_answer_to_be_sent(
    campaign_of: Callable[..., Campaign], hire: Callable[..., Employee]
) -> None:
    campaign = campaign_of("linkedin-objection-form")
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    browser, path, html = open_page(Invitation.objects.get())
    response = browser.post(path, fields(html, {}))
    assert response.status_code == 422
    assert "Choose one answer, or simply close this page" in response.content.decode()
