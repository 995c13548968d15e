"""The employee's page: opening it writes nothing, an answer writes once, and everything wrong looks alike."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from compliance.attestations.models import Attestation, Statement
from compliance.attestations.services import AnswerRefused
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.services import close_campaign, start_campaign
from employees.models import Employee
from organisations.models import EvidenceEntry, EvidenceHead, EvidencePersonal
from organisations.queries import evidence_state
from tests.attestations.browsing import fields, open_link, send, without_csrf
from tests.conftest import give, link_path
from tests.counting import snapshot

Invite = Callable[..., Invitation]


def test_get_and_head_on_100_links_write_nothing(campaign: Campaign, hire: Callable[..., Employee]) -> None:
    for number in range(100):
        hire(f"Person {number}", ["GB", "US", "JP", "DE"][number % 4])
    start_campaign(campaign=campaign, now=timezone.now())
    invitations = list(Invitation.objects.all())
    assert len(invitations) == 100
    before = snapshot()
    for invitation in invitations:
        browser = Client()
        assert browser.head(link_path(invitation)).status_code == 303
        _, page = open_link(invitation, browser)
        assert page.status_code == 200
        assert browser.head(page.request["PATH_INFO"]).status_code == 200
        assert browser.get(f"{page.request['PATH_INFO']}thanks/").status_code == 303
    assert snapshot() == before


def test_the_token_leaves_the_address_at_once(invite: Invite) -> None:
    invitation = invite()
    browser = Client()
    response = browser.get(link_path(invitation))
    assert (response.status_code, response["Location"]) == (303, f"/p/{invitation.public_id}/")
    token = link_path(invitation).rpartition("/")[2]
    page = browser.get(response["Location"])
    assert token not in page.content.decode()
    assert token not in str(response.cookies)


@pytest.mark.parametrize("name", ["Cache-Control", "Referrer-Policy", "X-Robots-Tag", "Content-Security-Policy"])
def test_nothing_keeps_or_carries_the_page(invite: Invite, name: str) -> None:
    _, page = open_link(invite())
    expected = {
        "Cache-Control": "no-store, private",
        "Referrer-Policy": "same-origin",
        "X-Robots-Tag": "noindex, nofollow",
    }
    assert page[name] == expected.get(name, page[name])
    assert "unsafe" not in page[name]


def test_the_page_says_who_asks_where_and_that_it_is_voluntary(invite: Invite) -> None:
    html = open_link(invite())[1].content.decode()
    for words in ("Acme, your employer", "United Kingdom", "Answering is voluntary", "Hello Ada", "a…@acme.example"):
        assert words in html
    assert "checked" not in html
    assert "<script" not in html
    assert "https://www.linkedin.com/mypreferences/d/settings/data-for-ai-improvement" in html


def test_an_answer_is_recorded_with_its_evidence(invite: Invite) -> None:
    invitation = invite()
    response = send(invitation, "switched_off_now")
    assert response.redirect_chain[-1] == (f"/p/{invitation.public_id}/thanks/", 303)
    assert "Your answer is recorded" in response.content.decode()
    request = AttestationRequest.objects.get()
    assert (request.answer, request.answered_at is not None) == ("switched_off_now", True)
    assert Attestation.objects.get().answer == "switched_off_now"
    entry = EvidenceEntry.objects.get(kind="attestation.recorded")
    assert "switched_off_now" not in str(entry.facts)
    assert EvidencePersonal.objects.get(entry=entry).content["answer"] == "switched_off_now"
    assert evidence_state(invitation.campaign.organisation).broken_at is None


def test_no_choice_is_a_clear_message_and_no_row(invite: Invite) -> None:
    invitation = invite()
    before = snapshot()
    response = send(invitation, None)
    assert response.status_code == 422
    assert "Choose one answer, or simply close this page: answering is voluntary." in response.content.decode()
    assert snapshot() == before


@pytest.mark.parametrize("answer", ["form_sent", "nonsense"])
def test_an_answer_that_does_not_fit_is_refused(invite: Invite, answer: str) -> None:
    invitation = invite()
    before = snapshot()
    assert send(invitation, answer).status_code == 422
    assert snapshot() == before


def test_sending_the_same_form_twice_records_once(invite: Invite) -> None:
    browser, page = open_link(invite())
    data = fields(page, "already_off")
    for _ in range(2):
        assert browser.post(page.request["PATH_INFO"], data, follow=True).status_code == 200
    assert Attestation.objects.count() == 1


def test_an_answer_can_be_corrected_and_the_first_stays(invite: Invite) -> None:
    invitation = invite()
    send(invitation, "left_on")
    send(invitation, "switched_off_now")
    assert list(Attestation.objects.values_list("answer", flat=True)) == ["left_on", "switched_off_now"]
    assert AttestationRequest.objects.get().answer == "switched_off_now"


def test_any_answer_stops_reminders(invite: Invite) -> None:
    invitation = invite()
    Message.objects.create(
        organisation=invitation.campaign.organisation,
        campaign=invitation.campaign,
        invitation=invitation,
        kind="reminder",
        step=1,
    )
    send(invitation, "prefer_not_to_say")
    assert Message.objects.get(kind="reminder").state == "cancelled"


def test_where_nobody_may_be_asked_there_is_no_form_and_no_post(invite: Invite) -> None:
    invitation = invite("Bob", "US")
    browser, page = open_link(invitation)
    html = page.content.decode()
    assert "<form" not in html
    assert "We only inform you" in html
    request = AttestationRequest.objects.get()
    data = {"submission": str(uuid.uuid4()), f"answer-{request.policy_version_id}": "left_on"}
    for path in (page.request["PATH_INFO"], f"{page.request['PATH_INFO']}region/"):
        assert browser.post(path, data | {"country": "DE"}).status_code == 405
    with pytest.raises(AnswerRefused, match="No answer is collected"):
        give(invitation, answers={request.pk: "left_on"})
    assert not Attestation.objects.exists()


def test_a_request_of_another_link_is_refused(invite: Invite, hire: Callable[..., Employee]) -> None:
    hire("Bob", "DE")
    ada = invite()
    foreign = AttestationRequest.objects.exclude(invitation=ada).get()
    with pytest.raises(AnswerRefused, match="No answer is collected"):
        give(ada, answers={foreign.pk: "left_on"})


def test_one_link_does_not_open_anothers_page(invite: Invite, hire: Callable[..., Employee]) -> None:
    hire("Bob", "DE")
    browser, _ = open_link(invite())
    other = Invitation.objects.get(employee__name="Bob")
    assert browser.get(f"/p/{other.public_id}/").status_code == 404


def test_dead_links_look_alike(campaign: Campaign, invite: Invite, hire: Callable[..., Employee]) -> None:
    hire("Bob", "DE"), hire("Cy", "DE"), hire("Dee", "DE")
    invite()
    bob, cy = (Invitation.objects.get(employee__name=name) for name in ("Bob", "Cy"))
    Invitation.objects.filter(pk=bob.pk).update(revoked_at=timezone.now())
    Employee.objects.filter(name="Cy").update(status="left")
    pages = [Client().get(link_path(bob)), Client().get(link_path(cy)), Client().get("/l/unknown")]
    dee = Invitation.objects.get(employee__name="Dee")
    browser, page = open_link(dee)
    close_campaign(campaign=campaign, now=timezone.now())
    pages += [Client().get(link_path(dee)), browser.get(page.request["PATH_INFO"])]
    assert {page.status_code for page in pages} == {404}
    assert len({without_csrf(page) for page in pages}) == 1


def test_links_end_with_their_campaign_and_not_with_clicks(campaign: Campaign, invite: Invite) -> None:
    invitation = invite()
    for _ in range(30):
        assert open_link(invitation)[1].status_code == 200
    Invitation.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    assert open_link(invitation)[1].status_code == 404


def test_links_outlive_the_secret_key(invite: Invite, settings: Any) -> None:
    invitation = invite()
    settings.SECRET_KEY = "another one"
    assert open_link(invitation)[1].status_code == 200


def test_old_links_live_until_their_key_is_retired(invite: Invite, settings: Any) -> None:
    path = link_path(invite())
    settings.LINK_KEYS = {**settings.LINK_KEYS, 99: b"n" * 32}
    assert Client().get(path).status_code == 303


@pytest.mark.django_db(transaction=True)
def test_without_its_line_in_the_log_an_answer_is_not_kept(invite: Invite) -> None:
    """The log's statement may travel with the commit: that it failed must be known before anybody is thanked."""
    invitation = invite()
    before = snapshot()
    words: dict[str, list[object]] = {Statement._meta.db_table: []}  # the page's words may stay
    head = EvidenceHead.objects.get(organisation=invitation.campaign.organisation_id)
    EvidenceHead.objects.update(seq=head.seq - 1)  # the next number is taken
    with pytest.raises(DatabaseError):
        give(invitation, "left_on")
    EvidenceHead.objects.update(seq=head.seq)
    assert snapshot() | words == before | words
    assert give(invitation, "left_on")
    assert Attestation.objects.get().answer == "left_on"


def test_who_did_not_find_the_setting_is_told_what_to_do_next(invite: Invite) -> None:
    page = send(invite(), "not_visible").content.decode()
    assert "change your answer to “I need help”" in page
    assert "#answer" in page


def test_who_has_answered_is_told_what_becomes_of_the_answer_before(invite: Invite) -> None:
    invitation = invite()
    assert "#answer" in open_link(invitation)[1].content.decode()
    send(invitation, "left_on")
    html = open_link(invitation)[1].content.decode()
    assert "A new answer counts instead of the earlier one, which stays in the history." in html
