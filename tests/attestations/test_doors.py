"""Ways in and out: a new link, the address first, another language, a phone of many, wrong links."""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.utils import timezone

from compliance.campaigns.letters.words import personal_link, stop_address
from compliance.campaigns.models import Campaign, Invitation, Message, Suppression
from compliance.campaigns.rules import link_token, token_hash
from compliance.campaigns.services import follow_roster, new_link, pause_campaign, revoke_link
from compliance.campaigns.services.delivery import deliver_due
from employees.models import Employee
from organisations.models import EvidenceEntry, User
from organisations.sessions import caller
from tests.attestations.browsing import fields, open_link, send, without_csrf
from tests.conftest import link_path
from tests.counting import snapshot

Invite = Callable[..., Invitation]


@pytest.fixture(autouse=True)
def no_failures_yet() -> None:
    cache.clear()


def fresh(invitation: Invitation) -> Invitation:
    return Invitation.objects.select_related("campaign__organisation", "employee").get(pk=invitation.pk)


# --- A new link ------------------------------------------------------------------------------------------------------


def test_a_new_link_goes_to_the_address_on_file_and_ends_the_old_one(invite: Invite) -> None:
    invitation = invite()
    deliver_due()
    old = link_path(invitation)
    page = Client().post("/new-link/", {"email": " ADA@acme.example "})
    assert "Look into your mailbox" in page.content.decode()
    assert Client().get(old).status_code == 404
    new = link_path(fresh(invitation))
    assert new != old
    assert open_link(fresh(invitation))[1].status_code == 200
    deliver_due()
    message = Message.objects.select_related("letter").get(kind="link")
    assert message.letter
    assert message.letter.subject.startswith("Your new link: ")
    assert "The one you had before has stopped working." in " ".join(message.letter.text.split())
    sent = (settings.OUTBOX_DIR / f"{message.public_id}.eml").read_text().replace("=\n", "")
    assert new in sent
    assert EvidenceEntry.objects.get(kind="invitation.new_link").facts["by"] == "person"


def test_the_page_says_the_same_to_everybody(invite: Invite) -> None:
    invite()
    known, unknown = (Client().post("/new-link/", {"email": f"{who}@acme.example"}) for who in ("ada", "nobody"))
    assert known.status_code == unknown.status_code == 200
    assert without_csrf(known) == without_csrf(unknown)


def test_nobody_can_be_flooded(invite: Invite) -> None:
    invitation = invite()
    now = timezone.now()
    assert new_link(invitation=invitation, now=now)
    assert not new_link(invitation=invitation, now=now + timedelta(minutes=9))
    sent = [new_link(invitation=invitation, now=now + timedelta(minutes=11 * step)) for step in range(1, 8)]
    assert sent == [True] * 4 + [False] * 3
    assert new_link(invitation=invitation, now=now, user=User.objects.create_user("hr@acme.example"))
    assert Message.objects.filter(kind="link").count() == 6


@pytest.mark.parametrize("email", ["", "nonsense", "a@b@c"])
def test_what_is_no_address_is_a_clear_message(db: None, email: str) -> None:
    page = Client().post("/new-link/", {"email": email})
    assert page.status_code == 422
    assert re.search("Type your work e-mail address|This is not an e-mail address", page.content.decode())


def test_a_link_that_staff_ended_is_dead_at_once_and_a_new_one_works(invite: Invite) -> None:
    invitation = invite()
    browser, page = open_link(invitation)
    revoke_link(invitation=invitation, now=timezone.now())
    assert browser.get(page.request["PATH_INFO"]).status_code == 404
    assert browser.post(page.request["PATH_INFO"], fields(page, "left_on")).status_code == 404
    assert Client().post("/new-link/", {"email": "ada@acme.example"}).status_code == 200
    assert not Message.objects.filter(kind="link").exists()  # ended by staff: only staff make another
    new_link(invitation=invitation, now=timezone.now(), user=User.objects.create_user("hr@acme.example"))
    assert open_link(fresh(invitation))[1].status_code == 200


def test_a_link_that_staff_ended_does_not_come_back_by_itself(campaign: Campaign, invite: Invite) -> None:
    invitation = invite()
    revoke_link(invitation=invitation, now=timezone.now())
    follow_roster(campaign=campaign, now=timezone.now())
    assert Client().get(link_path(invitation)).status_code == 404


@pytest.mark.parametrize("why", ["paused", "suppressed"])
def test_a_link_that_works_is_not_taken_where_no_mail_can_go(campaign: Campaign, invite: Invite, why: str) -> None:
    invitation = invite()
    if why == "paused":
        pause_campaign(campaign=campaign, reason="Why not", now=timezone.now())
    else:
        Suppression.objects.create(organisation=campaign.organisation, email="ada@acme.example", reason="Gone")
    assert Client().post("/new-link/", {"email": "ada@acme.example"}).status_code == 200
    assert Client().get(link_path(invitation)).status_code == 303
    assert not Message.objects.filter(kind="link").exists()


def test_addresses_cannot_be_tried_out(invite: Invite) -> None:
    """Nor told from each other by what is answered once it is too much."""
    invitation = invite()
    statuses = [Client().post("/new-link/", {"email": f"a{n}@acme.example"}).status_code for n in range(65)]
    assert statuses == [200] * 60 + [429] * 5
    assert Client().post("/new-link/", {"email": invitation.employee.email}).status_code == 429
    assert not Message.objects.filter(kind="link").exists()


def test_whoever_has_not_answered_is_not_thanked(invite: Invite) -> None:
    browser, page = open_link(invite())
    assert browser.get(f"{page.request['PATH_INFO']}thanks/")["Location"] == page.request["PATH_INFO"]


# --- Keys ------------------------------------------------------------------------------------------------------------


def test_a_retired_key_ends_its_links_and_a_new_one_signs_new_ones(invite: Invite, settings: Any) -> None:
    invitation = invite()
    path = link_path(invitation)
    settings.LINK_KEYS = settings.LINK_KEYS | {9: b"9" * 32}
    assert Client().get(path).status_code == 303
    browser, page = open_link(invitation)
    settings.LINK_KEYS = {9: b"9" * 32}
    assert Client().get(path).status_code == 404
    assert browser.get(page.request["PATH_INFO"]).status_code == 404
    new_link(invitation=invitation, now=timezone.now())
    made = fresh(invitation)
    assert made.key_version == 9
    assert made.token_hash == token_hash(link_token(b"9" * 32, str(made.public_id), 2))
    assert Client().get(link_path(made)).status_code == 303


# --- The address first -----------------------------------------------------------------------------------------------


def test_where_the_campaign_wants_it_nothing_is_shown_before_the_address(campaign: Campaign, invite: Invite) -> None:
    Campaign.objects.update(confirm_address=True)
    invitation = invite()
    browser, page = open_link(invitation)
    html = page.content.decode()
    assert "Is this page yours?" in html
    for words in ("Ada", "United Kingdom", "ada@", "a…@"):
        assert words not in html
    path = page.request["PATH_INFO"]
    wrong = browser.post(path, {"email": "bob@acme.example"})
    assert wrong.status_code == 422
    assert "The link was sent to another address." in wrong.content.decode()
    for part in ("", "thanks/", "receipt.txt"):
        assert browser.get(path.replace("confirm/", part)).status_code == 303
    opened = browser.post(path, {"email": "Ada@Acme.example"}, follow=True)
    assert "Hello Ada" in opened.content.decode()
    done = browser.post(opened.request["PATH_INFO"], fields(opened, "left_on"), follow=True)
    assert "Your answer is recorded" in done.content.decode()


# --- A phone of many -------------------------------------------------------------------------------------------------


def test_a_phone_forgets_the_page(invite: Invite) -> None:
    browser, page = open_link(invite())
    path = page.request["PATH_INFO"]
    assert "Your page is closed" in browser.get(f"{path}leave/").content.decode()
    assert browser.get(path).status_code == 404


# --- Languages -------------------------------------------------------------------------------------------------------


def test_the_language_can_be_changed_and_stays(invite: Invite) -> None:
    browser, page = open_link(invite())
    path = page.request["PATH_INFO"]
    assert '<a href="?lang=de" lang="de"' in page.content.decode()
    german = browser.get(f"{path}?lang=de")
    assert '<html lang="de"' in german.content.decode()
    assert german["Content-Language"] == "de"
    done = browser.post(f"{path}?lang=de", fields(german, "left_on"))
    assert done["Location"] == f"{path}thanks/?lang=de"
    assert "Vielen Dank" in browser.get(done["Location"]).content.decode()
    assert '<html lang="en"' in browser.get(f"{path}?lang=xx").content.decode()


def test_a_dead_link_speaks_the_browsers_language(db: None) -> None:
    assert '<html lang="fr"' in Client().get("/l/unknown", headers={"accept-language": "fr-CA"}).content.decode()


# --- Wrong links -----------------------------------------------------------------------------------------------------


def test_failures_are_throttled_and_links_that_work_are_not(invite: Invite) -> None:
    invitation = invite()
    browser, page = open_link(invitation)
    statuses = [Client().get(f"/l/wrong{number}").status_code for number in range(70)]
    assert statuses == [404] * 60 + [429] * 10
    assert Client().get("/l/wrong", REMOTE_ADDR="192.0.2.9").status_code == 404
    for _ in range(5):
        assert Client().get(link_path(invitation)).status_code == 303
        assert browser.get(page.request["PATH_INFO"]).status_code == 200
    assert send(invitation, "left_on").status_code == 200


@pytest.mark.parametrize(
    ("peer", "said", "expected"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "10.9.9.9", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.5, 10.0.0.7", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5:4711", "203.0.113.5"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("", "", ""),
    ],
)
def test_what_a_proxy_says_counts_only_from_a_trusted_one(peer: str, said: str, expected: str, settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=said)
    assert caller(request) == expected


def test_ten_thousand_random_tokens_have_one_answer(db: None, settings: Any) -> None:
    bodies = {without_csrf(Client().get(f"/l/{link_token(b'x' * 32, str(n), 1)}")) for n in range(50)}
    assert len(bodies) == 1


# --- Forms as they are found -----------------------------------------------------------------------------------------


def test_a_robot_that_submits_every_form_as_found_changes_nothing(invite: Invite) -> None:
    invitation = invite()
    browser, page = open_link(invitation)
    stop = stop_address(invitation.key_version, invitation.public_id).removeprefix(settings.BASE_URL)
    before = snapshot()
    pages = [page, Client().get("/l/unknown"), Client().get("/receipt/"), browser.get(stop)]
    for found in pages:
        html = found.content.decode()
        for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
            action = (re.search(r'action="([^"]*)"', form) or [None, found.request["PATH_INFO"]])[1]
            hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
            assert browser.post(action or found.request["PATH_INFO"], hidden).status_code in {404, 422}
    assert snapshot() == before


def test_a_form_sent_by_a_browser_passes_the_origin_check(invite: Invite) -> None:
    """Browsers name the page's origin with a form, unless the page forbids it by its referrer policy."""
    browser, page = open_link(invite(), Client(enforce_csrf_checks=True))
    assert page["Referrer-Policy"] == "same-origin"
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert token
    data = fields(page, "left_on") | {"csrfmiddlewaretoken": token[1]}
    path = page.request["PATH_INFO"]
    assert browser.post(path, data, headers={"origin": "null"}).status_code == 403
    assert browser.post(path, data, headers={"origin": "http://evil.example"}).status_code == 403
    assert browser.post(path, data, headers={"origin": "http://testserver"}).status_code == 303


def test_an_employee_who_left_has_no_page(invite: Invite) -> None:
    invitation = invite()
    Employee.objects.update(status=Employee.Status.LEFT)
    assert Client().get(personal_link(invitation).removeprefix(settings.BASE_URL)).status_code == 404
