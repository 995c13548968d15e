"""Claim, send, record: against a real SMTP server on loopback and the local outbox."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from functools import partial
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from compliance.campaigns import gateways
from compliance.campaigns.models import Campaign, Message
from compliance.campaigns.rules import Delivery, MessageKind, MessageState, Verdict, next_step
from compliance.campaigns.services import close_campaign, start_campaign
from compliance.campaigns.services.delivery import claim_batch, deliver_due, release_expired
from employees.models import Employee
from organisations.models import EvidenceEntry, Organisation
from organisations.queries import evidence_state
from tests.campaigns.conftest import Sink, free_port

Hire = Callable[..., Employee]


@pytest.fixture
def queued(campaign: Campaign, hire: Hire) -> list[Message]:
    for name in ("Ada", "Bob", "Cy"):
        hire(name, "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    return list(Message.objects.order_by("id"))


def states() -> dict[str, str]:
    return dict(Message.objects.values_list("invitation__employee__name", "state"))


def test_everybody_gets_one_mail_and_the_row_says_so(queued: list[Message], sink: Sink) -> None:
    deliver_due()
    assert [to for to, _ in sink.received] == ["ada@acme.example", "bob@acme.example", "cy@acme.example"]
    assert set(states().values()) == {"sent"}
    deliver_due()
    assert len(sink.received) == 3


def test_a_mail_has_the_headers_it_needs(queued: list[Message], sink: Sink) -> None:
    deliver_due()
    mail = message_from_bytes(sink.received[0][1], policy=policy.default)
    assert mail["Message-ID"] == queued[0].message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "privacy@acme.example"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_one_bad_address_holds_nobody_up(queued: list[Message], sink: Sink) -> None:
    sink.refuse = {"ada@acme.example": "550 5.1.1 ada@acme.example: no such user", "bob@acme.example": "451 later"}
    deliver_due()
    assert states() == {"Ada": "failed", "Bob": "queued", "Cy": "sent"}
    ada, bob = Message.objects.get(pk=queued[0].pk), Message.objects.get(pk=queued[1].pk)
    assert ada.detail == "550 5.1.1 [address] no such user"
    assert bob.due_at > timezone.now() + timedelta(seconds=50)


def test_a_lost_reply_is_sent_once_more_with_the_same_id(queued: list[Message], sink: Sink) -> None:
    sink.drop_after_data = 1
    deliver_due()
    ids = [
        message_from_bytes(raw, policy=policy.default)["Message-ID"]
        for to, raw in sink.received
        if to.startswith("ada")
    ]
    assert ids == [queued[0].message_id] * 2
    ada = Message.objects.get(pk=queued[0].pk)
    assert (ada.state, ada.unsure, ada.attempts) == ("sent", True, 2)


def test_no_server_means_later_and_nothing_lost(queued: list[Message], settings: Any) -> None:
    with free_port() as port:
        pass
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://x", "127.0.0.1", port
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = False, "", ""
    deliver_due()
    assert set(states().values()) == {"queued"}
    assert "No connection to the mail server" in Message.objects.all()[0].detail


def test_two_workers_never_hold_the_same_message(queued: list[Message]) -> None:
    first, second = claim_batch(now=timezone.now(), limit=2), claim_batch(now=timezone.now(), limit=2)
    assert Message.objects.filter(claim=first.claim).count() == 2
    assert Message.objects.filter(claim=second.claim).count() == 1
    assert claim_batch(now=timezone.now()).claim is None


def test_what_a_dead_worker_held_is_sent_by_another(queued: list[Message], sink: Sink) -> None:
    claim_batch(now=timezone.now())
    deliver_due()
    assert sink.received == []
    later = timezone.now() + timedelta(minutes=5)
    assert release_expired(now=later) == 3
    deliver_due(clock=lambda: later)
    assert len(sink.received) == 3
    assert Message.objects.filter(unsure=True).count() == 3


def test_a_mail_that_kills_every_worker_is_given_up(queued: list[Message]) -> None:
    now = timezone.now()
    for _ in range(6):
        claim_batch(now=now)
        now += timedelta(minutes=5)
        release_expired(now=now)
    assert set(states().values()) == {"failed"}
    assert "died" in Message.objects.all()[0].detail


def test_a_late_worker_does_not_overwrite_anothers_result(
    queued: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ran out while it was sending: the row belongs to somebody else by then."""
    original = gateways.Outbox.send

    def slow(self: gateways.Outbox, mail: gateways.OutgoingMail) -> Delivery:
        Message.objects.filter(state=MessageState.SENDING).update(claim=None, state=MessageState.CANCELLED)
        return original(self, mail)

    monkeypatch.setattr(gateways.Outbox, "send", slow)
    deliver_due()
    assert set(states().values()) == {"cancelled"}


def test_a_letter_that_cannot_be_written_fails_alone(
    queued: list[Message], organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    Employee.objects.filter(name="Bob").update(email="bob@acme.example\nBcc: eve@evil.example")
    deliver_due()
    assert states() == {"Ada": "sent", "Bob": "failed", "Cy": "sent"}
    assert "could not be written" in Message.objects.get(pk=queued[1].pk).detail


def test_the_outbox_has_one_file_however_often_it_is_sent(queued: list[Message], settings: Any) -> None:
    deliver_due()
    Message.objects.update(state=MessageState.QUEUED)
    deliver_due()
    assert len(list(settings.OUTBOX_DIR.glob("*.eml"))) == 3


def test_an_outbox_only_organisation_never_mails_out(
    queued: list[Message], sink: Sink, organisation: Organisation, settings: Any
) -> None:
    Organisation.objects.filter(pk=organisation.pk).update(outbox_only=True)
    deliver_due()
    assert sink.received == []
    assert len(list(settings.OUTBOX_DIR.glob("*.eml"))) == 3


def test_every_attempt_is_in_the_evidence_log(queued: list[Message], organisation: Organisation) -> None:
    deliver_due()
    entries = EvidenceEntry.objects.filter(kind="messages.attempted")
    lines = [line for entry in entries for line in entry.facts["messages"]]
    assert {line[0] for line in lines} == {message.public_id.hex for message in queued}
    assert {tuple(line[1:]) for line in lines} == {("instruction", 0, 1, "accepted", "sent")}
    assert evidence_state(organisation).broken_at is None


def test_nothing_goes_out_after_a_campaign_has_closed(queued: list[Message], sink: Sink, campaign: Campaign) -> None:
    claim_batch(now=timezone.now())
    close_campaign(campaign=campaign, now=timezone.now())
    later = timezone.now() + timedelta(minutes=5)
    release_expired(now=later)
    deliver_due(clock=lambda: later)
    assert sink.received == []
    assert set(states().values()) == {"cancelled"}


def test_what_was_sent_before_an_interruption_is_known(
    queued: list[Message], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """A time limit in mid-batch: the mails before it are sent, the one it hit is unsure, the rest wait."""
    original = gateways.Outbox.send

    def interrupted(self: gateways.Outbox, mail: gateways.OutgoingMail) -> Delivery:
        if mail.to.startswith("bob"):
            raise SoftTimeLimitExceeded
        return original(self, mail)

    monkeypatch.setattr(gateways.Outbox, "send", interrupted)
    with pytest.raises(SoftTimeLimitExceeded):
        deliver_due()
    assert states() == {"Ada": "sent", "Bob": "sending", "Cy": "queued"}


def _same(at: datetime) -> datetime:
    return at


def test_a_server_that_is_away_costs_no_attempt(queued: list[Message], settings: Any) -> None:
    with free_port() as port:
        pass
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://x", "127.0.0.1", port
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = False, "", ""
    for at in (timezone.now() + number * timedelta(minutes=6) for number in range(10)):
        deliver_due(clock=partial(_same, at))
    assert set(states().values()) == {"queued"}
    assert set(Message.objects.values_list("attempts", flat=True)) == {0}


@pytest.mark.parametrize(
    ("verdict", "kind", "attempts", "unsure", "state"),
    [
        (Verdict.ACCEPTED, "instruction", 1, False, "sent"),
        (Verdict.REFUSED, "instruction", 1, False, "failed"),
        (Verdict.LATER, "instruction", 1, False, "queued"),
        (Verdict.UNREACHED, "instruction", 6, False, "queued"),
        (Verdict.LATER, "instruction", 6, False, "failed"),
        (Verdict.UNKNOWN, "instruction", 1, False, "queued"),
        (Verdict.UNKNOWN, "instruction", 2, True, "unknown"),
        (Verdict.UNKNOWN, "reminder", 1, False, "unknown"),
        (Verdict.DEAD, "instruction", 1, False, "failed"),
        (Verdict.LOCKED_OUT, "instruction", 6, False, "queued"),
    ],
)
def test_what_comes_after_a_verdict(
    verdict: Verdict, kind: str, attempts: int, unsure: bool, state: str, now: datetime
) -> None:
    step = next_step(Delivery(verdict), kind=MessageKind(kind), attempts=attempts, unsure=unsure, now=now)
    assert step.state == state
