"""The campaign's pages: reach, preview, test mail, own words, notices, links, a person's page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from compliance.campaigns.letters.words import personal_link
from compliance.campaigns.models import Campaign, Invitation, LetterText, Message, SavedAudience
from compliance.campaigns.services import change_campaign, start_campaign
from compliance.campaigns.services.delivery import deliver_due
from employees.models import Employee
from organisations.models import EvidenceEntry
from organisations.rules import Role
from tests.pages import html

Hire = Callable[..., Employee]


@pytest.fixture
def browser(signed_in: Callable[..., Client]) -> Client:
    return signed_in(Role.OWNER)


def test_ticking_shows_whom_it_reaches_and_keeps_nothing(browser: Client, campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB", department="Sales"), hire("Bob", "FR")
    page = html(browser.post("/o/acme/campaigns/reach/", {"policies": ["linkedin-genai-training"]}))
    assert "2 people" in page
    assert "France" in page
    ticked = {"campaign": campaign.pk, "audience": "1", "departments": ["Sales"]}
    assert "1 person" in html(browser.post("/o/acme/campaigns/reach/", ticked))
    assert "Nobody yet" in html(browser.post("/o/acme/campaigns/reach/", {}))
    campaign.refresh_from_db()
    assert campaign.audience == {}


def test_an_audience_is_kept_and_used_again(browser: Client, campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB"), hire("Bob", "FR")
    path = f"/o/acme/campaigns/{campaign.pk}/"
    browser.post(f"{path}set-up/audience/", {"countries": ["FR"], "rolling": "on", "save_as": "French"})
    saved = SavedAudience.objects.get()
    browser.post(f"{path}audience/", {"saved": ""})
    campaign.refresh_from_db()
    assert campaign.audience == {}
    browser.post(f"{path}audience/", {"saved": saved.pk})
    campaign.refresh_from_db()
    assert campaign.audience == {"countries": ["FR"]}
    assert browser.post(f"{path}audience/", {"saved": "999"}).status_code == 404


def test_a_mail_is_previewed_for_a_place_a_language_a_person(browser: Client, campaign: Campaign, hire: Hire) -> None:
    hire("Jo", "FR", language="fr"), hire("Ada", "GB")
    path = f"/o/acme/campaigns/{campaign.pk}/preview/"
    assert "Your choice: LinkedIn and your data" in html(browser.get(path, {"country": "GB"}))
    french = html(browser.get(path, {"person": "jo@acme.example"}))
    assert "Bonjour Jo" in french
    assert "France" in french
    assert "Reminder: Your choice" in html(browser.get(path, {"country": "GB", "step": "2"}))
    assert "Nobody of this campaign" in html(browser.get(path, {"person": "nobody"}))
    frame = browser.get(f"{path}html/", {"country": "GB", "language": "de"})
    assert '<html lang="de">' in html(frame)
    assert "sandbox" in frame["Content-Security-Policy"]
    for odd in ({"country": "zz"}, {"language": "xx"}, {"step": "99"}, {"country": ""}):
        assert browser.get(path, odd).status_code == 200


def test_a_test_mail_goes_to_oneself(browser: Client, campaign: Campaign, hire: Hire, settings: Any) -> None:
    hire("Ada", "GB")
    page = browser.post(f"/o/acme/campaigns/{campaign.pk}/test/", {"country": "GB", "language": "de"}, follow=True)
    assert "A test mail to owner@acme.example lies in the local outbox" in html(page)
    (mail,) = settings.OUTBOX_DIR.glob("*.eml")
    assert b"To: owner@acme.example" in mail.read_bytes()
    assert b"[Test]" in mail.read_bytes()
    assert not Message.objects.exists()


def test_own_words_are_kept_refused_and_taken_back(browser: Client) -> None:
    path = "/o/acme/campaigns/texts/"
    page = browser.post(path, {"language": "de", "subject": "Hallo {name}", "intro": "", "closing": ""})
    assert page.status_code == 422
    assert "{name} is not known" in html(page)
    assert "Hallo {name}" in html(page)
    browser.post(path, {"language": "de", "subject": "Hallo {platform}", "intro": "", "closing": ""})
    assert LetterText.objects.get().text == "Hallo {platform}"
    browser.post(path, {"language": "de", "subject": "", "intro": "", "closing": ""})
    assert not LetterText.objects.exists()


def test_notices_carry_codes_and_stand_in_the_log(browser: Client, invite: Callable[..., Invitation]) -> None:
    invitation = invite()
    page = browser.post(f"/o/acme/campaigns/{invitation.campaign_id}/notices/")
    assert personal_link(invitation) in html(page)
    assert "<path" in html(page)
    assert "no-store" in page["Cache-Control"]
    assert EvidenceEntry.objects.filter(kind="campaign.notices_printed").count() == 1
    none = browser.post(f"/o/acme/campaigns/{invitation.campaign_id}/notices/", {"which": "without_mail"})
    assert personal_link(invitation) not in html(none)


def test_links_are_a_file_for_owners_and_no_formula(
    browser: Client, invite: Callable[..., Invitation], signed_in: Callable[..., Client]
) -> None:
    invitation = invite("=1+1")
    path = f"/o/acme/campaigns/{invitation.campaign_id}/links.csv"
    content = browser.post(path).content.decode("utf-8-sig")
    assert f'"","\'=1+1","\'=1+1@acme.example","{personal_link(invitation)}"' in content
    assert EvidenceEntry.objects.get(kind="campaign.links_exported").facts["links"] == 1
    assert signed_in(Role.ADMIN).post(path).status_code == 403


def test_a_persons_page_tells_what_was_sent_and_what_applies(
    browser: Client, invite: Callable[..., Invitation], signed_in: Callable[..., Client]
) -> None:
    invitation = invite()
    deliver_due()
    page = html(browser.get(f"/o/acme/people/{invitation.employee_id}/"))
    for words in ("First mail", "in English, text", "no answer yet", "LinkedIn announced that this applies", "Sent"):
        assert words in page, words
    assert EvidenceEntry.objects.filter(kind="person.looked_at").count() == 1
    assert signed_in(Role.AUDITOR).get(f"/o/acme/people/{invitation.employee_id}/").status_code == 403


def test_a_mail_that_has_gone_is_shown_as_it_was_without_the_link(
    browser: Client, campaign: Campaign, hire: Hire, settings: Any
) -> None:
    hire("Ada", "GB")
    change_campaign(campaign=campaign, now=timezone.now(), why="Our first reason.")
    start_campaign(campaign=campaign, now=timezone.now())
    deliver_due()
    for path in settings.OUTBOX_DIR.glob("*.eml"):  # as if it had gone to a mail server
        path.unlink()
    Campaign.objects.update(why="Another reason.")
    Employee.objects.update(name="Ada Married", email="new@acme.example")
    message = Message.objects.get()
    page = html(browser.get(f"/o/acme/outbox/{message.public_id}/"))
    for words in ("Hello Ada,", "Our first reason.", "ada@acme.example", "/l/link-of-the-person"):
        assert words in page, words
    assert personal_link(message.invitation) not in page


@pytest.mark.parametrize("odd", ["²", "9" * 30, "-1", "", "\u0661"])
def test_odd_numbers_are_answered(browser: Client, campaign: Campaign, hire: Hire, odd: str) -> None:
    hire("Ada", "GB")
    path = f"/o/acme/campaigns/{campaign.pk}/"
    assert browser.get("/o/acme/outbox/", {"campaign": odd}).status_code == 200
    assert browser.get(f"{path}preview/", {"step": odd}).status_code == 200
    assert browser.post(f"{path}audience/", {"saved": odd}).status_code in {302, 404}
    assert browser.post("/o/acme/campaigns/reach/", {"campaign": odd}).status_code in {200, 404}


def test_every_button_works_and_says_what_it_did(
    browser: Client, campaign: Campaign, hire: Hire, django_capture_on_commit_callbacks: Any
) -> None:
    hire("Ada", "GB")
    path = f"/o/acme/campaigns/{campaign.pk}/"
    with django_capture_on_commit_callbacks(execute=True):
        for act, words in (
            ("start", "Started. 1 people"), ("pause", "Paused. No mail"), ("resume", "Resumed."),
            ("send-again", "0 failed mails"), ("close", "Closed. Its links"), ("close", "Only a running"),
        ):  # fmt: skip
            assert words in html(browser.post(f"{path}{act}/", follow=True)), act
    assert browser.post(f"{path}send-again/", {"which": "everybody"}).status_code == 404
    copy = browser.post(f"{path}clone/", follow=True)
    assert "(copy)" in html(copy)
    draft = Campaign.objects.exclude(pk=campaign.pk).get()
    assert "is gone" in html(browser.post(f"/o/acme/campaigns/{draft.pk}/delete/", follow=True))


def test_the_doctor_says_what_to_do(db: None, capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://127.0.0.1:1", "127.0.0.1", 1
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL = "people@localhost"
    with pytest.raises(SystemExit):
        call_command("doctor")
    said = capsys.readouterr().out
    assert "BROKEN  Mail: 127.0.0.1:1 cannot be used" in said
    assert "→ Check host and port in EMAIL_URL" in said
    assert "look    Bounces: BOUNCE_ADDRESS is not set" in said
    assert "Database: " in said
    assert "Disk: " in said


def test_a_living_link_in_the_local_outbox_is_for_owners_alone(
    signed_in: Callable[..., Client], campaign: Campaign, hire: Hire
) -> None:
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    deliver_due()
    message = Message.objects.get()
    link = personal_link(Invitation.objects.get())
    for role, sees in ((Role.OWNER, True), (Role.ADMIN, False)):
        browser = signed_in(role)
        for page in ("", "html/"):
            shown = browser.get(f"/o/acme/outbox/{message.public_id}/{page}").content.decode()
            assert (link in shown) is sees, (role, page)
            assert link.rpartition("/")[2] not in shown or sees
        assert ("links in them work" in browser.get("/o/acme/outbox/").content.decode()) is sees
