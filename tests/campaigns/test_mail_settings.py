"""The page on which an admin sees how mails go out, and tries it with a mail to oneself."""

import socket
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from compliance.campaigns.models import Campaign, MailTest
from compliance.campaigns.services import trying_mail
from organisations.models import EvidenceEntry, Organisation, User
from organisations.rules import Role
from tests.campaigns.conftest import Sink

Browser = Callable[..., Client]


@pytest.fixture
def browser(signed_in: Browser) -> Client:
    return signed_in(Role.ADMIN)


def page(browser: Client) -> str:
    return browser.get("/o/acme/settings/mail/").content.decode()


def tried(browser: Client) -> str:
    cache.clear()  # half a minute later
    return browser.post("/o/acme/settings/mail/test/", follow=True).content.decode()


def test_the_mail_goes_the_way_of_campaigns_and_the_page_keeps_what_was_found(browser: Client, sink: Sink) -> None:
    assert "Nobody has tried yet" in page(browser)
    assert "The server took the mail" in tried(browser)
    ((to, content),) = sink.received
    mail = message_from_bytes(content, policy=policy.default)
    assert to == User.objects.get().email
    assert mail["Reply-To"] == "privacy@acme.example"
    assert "mails of Acme arrive" in mail.get_content()
    shown = page(browser)
    assert "Taken" in shown
    assert "BOUNCE_ADDRESS is not set" in shown  # what else was looked at
    assert EvidenceEntry.objects.get(kind="mail.tested").facts["taken"] is True


def test_other_settings_make_the_test_worthless(browser: Client, sink: Sink, settings: Any) -> None:
    tried(browser)
    settings.DEFAULT_FROM_EMAIL = "somebody.else@acme.example"
    assert "Settings have changed since" in page(browser)


def test_a_server_that_is_away_or_refuses_is_said_in_its_words(browser: Client, sink: Sink, settings: Any) -> None:
    sink.refuse[User.objects.get().email] = "550 5.7.1 You may not relay here"
    assert "You may not relay here" in tried(browser)
    settings.EMAIL_PORT = 1
    said = tried(browser)
    assert "The test mail did not go out." in said
    assert "Check host and port in EMAIL_URL" in said
    assert not MailTest.objects.get().taken


def test_a_server_that_says_nothing_holds_nobody_up(
    browser: Client, sink: Sink, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that takes connections and never speaks."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_PORT = silent.getsockname()[1]
        for name in ("PATIENCE", "LOOKING"):
            monkeypatch.setattr(trying_mail, name, 0.5)
        said = tried(browser)
    assert "The test mail did not go out." in said
    assert "No answer within 0.5 seconds." in said


def test_one_test_mail_at_a_time(browser: Client, sink: Sink) -> None:
    tried(browser)
    again = browser.post("/o/acme/settings/mail/test/", follow=True)
    assert "Wait half a minute" in again.content.decode()
    assert len(sink.received) == 1


def test_the_fingerprint_is_of_no_use_to_whoever_guesses(browser: Client, sink: Sink, settings: Any) -> None:
    settings.EMAIL_HOST_PASSWORD = "secret"
    tried(browser)
    kept = MailTest.objects.get().way
    settings.SECRET_KEY = "another installation’s"
    assert trying_mail.way_out(Organisation.objects.get()) != kept


def test_without_a_server_the_mail_stays_in_the_outbox(browser: Client, settings: Any) -> None:
    assert "Mails stay on this machine" in page(browser)
    assert "lies in the local outbox" in tried(browser)
    assert len(list(settings.OUTBOX_DIR.glob("*.eml"))) == 1


def test_no_password_is_on_the_page(browser: Client, sink: Sink, settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "relay-user", "the-secret-of-the-relay"
    settings.BOUNCE_MAILBOX_URL = "imaps://box:another-secret@mail.acme.example/"
    shown = page(browser)
    assert "relay-user" in shown
    assert "mail.acme.example" in shown
    assert "secret" not in shown


def steps(browser: Client) -> list[tuple[str, bool]]:
    checklist = browser.get("/o/acme/").context["checklist"]
    return [(step.action, step.done) for step in checklist.steps] if checklist else []


def test_the_checklist_knows_what_is_done_and_goes_when_all_is(
    browser: Client, organisation: Organisation, hire: Callable[..., Any], campaign: Campaign, settings: Any
) -> None:
    assert [done for _, done in steps(browser)] == [True, False, False, False]
    tried(browser)
    assert steps(browser)[1][1]
    settings.EMAIL_URL = "smtp://127.0.0.1:1"  # another way out: the step opens again
    assert not steps(browser)[1][1]
    tried(browser)
    assert not steps(browser)[1][1]  # it did not go out
    settings.EMAIL_URL = ""
    tried(browser)
    hire("Ada", "GB")
    assert steps(browser)[2][1]
    assert steps(browser)[3] == ("Go on with the draft", False)
    Campaign.objects.update(state="running")
    assert steps(browser) == []


def test_who_may_start_nothing_sees_no_checklist(signed_in: Browser) -> None:
    assert signed_in(Role.AUDITOR).get("/o/acme/").context["checklist"] is None
