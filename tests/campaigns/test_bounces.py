"""What comes back: a corpus in the formats of many mail servers, forged reports, mailboxes, sending services."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from anymail.signals import EventType, RejectReason, tracking
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from compliance.campaigns import gateways
from compliance.campaigns.gateways.mailbox import MailboxAway, empty, parse_mailbox
from compliance.campaigns.gateways.returned import read_return
from compliance.campaigns.letters.composing import return_path
from compliance.campaigns.models import BounceEvent, Campaign, Message, Suppression
from compliance.campaigns.rules import Delivery, Verdict, refusal
from compliance.campaigns.services import send_again, start_campaign
from compliance.campaigns.services.delivery import deliver_due
from compliance.campaigns.services.intake import take_report
from compliance.campaigns.services.returns import let_go
from compliance.campaigns.tasks import read_bounces
from employees.models import Employee
from organisations.models import EvidenceEntry

Hire = Callable[..., Employee]
CORPUS = Path(__file__).parent / "bounces"
EXPECTED: dict[str, dict[str, str]] = json.loads((CORPUS / "expected.json").read_text())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_returned_mail_is_understood(name: str) -> None:
    expected, read = EXPECTED[name], read_return((CORPUS / name).read_bytes())
    assert read.returned.kind == expected["kind"]
    if expected["kind"] in {"hard", "blocked", "soft", "delayed"}:
        assert (read.returned.status, read.returned.recipient) == (expected["status"], expected["recipient"])
    if expected["original"]:
        assert read.original == expected["original"].strip("<>")


@given(st.binary(max_size=3000))
def test_any_bytes_are_read(content: bytes) -> None:
    assert read_return(content).returned.kind


@given(name=st.sampled_from(sorted(EXPECTED)), place=st.integers(0, 6000), put=st.binary(max_size=40))
def test_a_damaged_report_is_read(name: str, place: int, put: bytes) -> None:
    content = (CORPUS / name).read_bytes()
    assert read_return(content[:place] + put + content[place + len(put) :]).returned.kind


@pytest.mark.parametrize(
    ("code", "text", "verdict"),
    [
        (550, "5.1.1 user unknown", Verdict.DEAD),
        (550, "No such user here", Verdict.DEAD),
        (556, "5.1.10 null MX", Verdict.DEAD),
        (550, "5.7.1 message rejected as spam", Verdict.REFUSED),
        (554, "blocked by policy, user unknown to our reputation system", Verdict.REFUSED),
        (552, "5.2.2 mailbox full", Verdict.REFUSED),
        (550, "5.2.1 account disabled", Verdict.DEAD),
        (451, "4.7.1 greylisted", Verdict.LATER),
        (421, "too many connections", Verdict.LATER),
        (554, "transaction failed", Verdict.REFUSED),
    ],
)
def test_what_a_refusal_means(code: int, text: str, verdict: Verdict) -> None:
    assert refusal(code, text) is verdict


# --- Believed or not ----------------------------------------------------------------------------------------

HARD = next(name for name, expected in EXPECTED.items() if expected["kind"] == "hard" and "postfix" in name)
SOFT = next(name for name, expected in EXPECTED.items() if expected["kind"] == "soft" and "postfix" in name)


def report(name: str, to: str) -> bytes:
    """A report of the corpus about Ada, come to another address."""
    content = (CORPUS / name).read_bytes()
    if named := EXPECTED[name]["recipient"]:
        content = content.replace(named.encode(), b"ada@acme.example")
    return f"Delivered-To: {to}\r\n".encode() + content


@pytest.fixture
def message(campaign: Campaign, hire: Hire, settings: Any) -> Message:
    """A mail that has gone out."""
    settings.BOUNCE_ADDRESS = "bounces@mail.acme.example"
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    deliver_due()
    campaign.refresh_from_db()
    return Message.objects.get()


def test_a_genuine_report_counts_once(message: Message) -> None:
    content = report(HARD, return_path(message.public_id))
    said = [take_report(content, now=timezone.now()) for _ in range(10)]
    assert said == ["hard"] + ["old"] * 9
    message.refresh_from_db()
    assert (message.state, message.dead, message.bounced_at is not None) == ("bounced", True, True)
    assert BounceEvent.objects.count() == Suppression.objects.count() == 1
    assert Suppression.objects.get().email == "ada@acme.example"
    assert EvidenceEntry.objects.filter(kind="message.returned").count() == 1


def test_a_forged_report_suppresses_nobody(message: Message) -> None:
    genuine = return_path(message.public_id)
    forged = [
        "bounces@mail.acme.example",
        genuine.replace(".", ".a", 1),
        genuine[:45] + ("a" if genuine[45] != "a" else "b") + genuine[46:],
        f"bounces+{'0' * 32}.{'a' * 20}@mail.acme.example",
    ]
    for name in (name for name, expected in EXPECTED.items() if expected["kind"] in {"hard", "complaint"}):
        for address in forged:
            assert take_report(report(name, address), now=timezone.now()) == "forged"
    message.refresh_from_db()
    assert message.state == "sent"
    assert not Suppression.objects.exists()


def test_whom_a_report_names_is_not_believed(message: Message, hire: Hire) -> None:
    """It came to the address of Ada's mail, and speaks of another: hers came back, and nobody is suppressed. So it is
    with a dead address that hers is forwarded to."""
    hire("Bob", "GB")
    content = report(HARD, return_path(message.public_id)).replace(b"ada@acme.example", b"bob@acme.example")
    take_report(content, now=timezone.now())
    message.refresh_from_db()
    assert (message.state, message.dead, Suppression.objects.count()) == ("bounced", False, 0)
    assert "bob@" not in BounceEvent.objects.get().detail + message.detail


def test_a_report_that_comes_before_its_mail_is_written_down_counts(
    campaign: Campaign, hire: Hire, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@mail.acme.example"
    hire("Ada", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    original = gateways.Outbox.send

    def send(self: gateways.Outbox, mail: gateways.OutgoingMail) -> Delivery:
        assert take_report(report(HARD, mail.sender), now=timezone.now()) == "hard"
        return original(self, mail)

    monkeypatch.setattr(gateways.Outbox, "send", send)
    deliver_due()
    message = Message.objects.get()
    assert (message.state, message.dead) == ("bounced", True)
    assert Suppression.objects.get().email == "ada@acme.example"


@pytest.mark.parametrize("charset", [b"undefined", b"idna", b"punycode", b"x\0y", b"rot13"])
def test_a_strange_mail_keeps_nobody_back(charset: bytes) -> None:
    strange = b"Content-Type: text/plain; charset=" + charset + b"\r\nReturn-Path: <>\r\n\r\nhello \xff\r\n"
    assert read_return(strange).returned.kind
    nested = b"Content-Type: message/rfc822\r\n\r\n" * 600 + b"x"
    assert read_return(nested).returned.kind


def test_old_keys_still_prove_a_return_path(message: Message, settings: Any) -> None:
    address = return_path(message.public_id)
    settings.LINK_KEYS = {**settings.LINK_KEYS, 99: b"n" * 32}
    assert take_report(report(HARD, address), now=timezone.now()) == "hard"


def test_three_temporary_failures_in_a_row_suppress(campaign: Campaign, message: Message) -> None:
    for number in range(3):
        Message.objects.create(
            organisation=campaign.organisation, campaign=campaign, invitation=message.invitation, kind="reminder",
            step=number + 1, state="sent", sent_to="ada@acme.example", sent_at=timezone.now(),
        )  # fmt: skip
    for number, each in enumerate(Message.objects.filter(kind="reminder").order_by("step")):
        assert not Suppression.objects.exists(), number
        take_report(report(SOFT, return_path(each.public_id)), now=timezone.now())
    Message.objects.filter(kind="instruction").update(sent_at=timezone.now() - timedelta(days=9))
    assert "failed 3 times" in Suppression.objects.get().reason


def test_auto_replies_and_delays_change_nothing(message: Message) -> None:
    for name, expected in EXPECTED.items():
        if expected["kind"] in {"auto_reply", "delayed", "delivered", "other"}:
            take_report(report(name, return_path(message.public_id)), now=timezone.now())
    message.refresh_from_db()
    assert message.state == "sent"
    assert not Suppression.objects.exists()


def test_a_suppressed_address_gets_no_mail_until_it_is_let_go(campaign: Campaign, message: Message) -> None:
    take_report(report(HARD, return_path(message.public_id)), now=timezone.now())
    assert send_again(campaign=campaign, which="bounced", now=timezone.now()) == 1
    deliver_due()
    message.refresh_from_db()
    assert message.state == "failed"
    assert "get no mail" in message.detail
    let_go(suppression=Suppression.objects.get(), now=timezone.now())
    assert send_again(campaign=campaign, which="failed", now=timezone.now()) == 1
    deliver_due()
    message.refresh_from_db()
    assert message.state == "sent"


# --- Where they come from -----------------------------------------------------------------------------------


class _Imap(socketserver.StreamRequestHandler):
    """As much of RFC 3501 as a client needs to empty a folder."""

    def handle(self) -> None:
        box: list[bytes] = self.server.box  # type: ignore[attr-defined]
        deleted: set[int] = self.server.deleted  # type: ignore[attr-defined]
        self.wfile.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        for raw in self.rfile:
            tag, _, rest = raw.decode().strip().partition(" ")
            word = rest.upper()
            if word.startswith("CAPABILITY"):
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif word.startswith("LOGIN") and "wrong" in rest:
                self.wfile.write(f"{tag} NO no\r\n".encode())
                continue
            elif word.startswith("SELECT"):
                self.wfile.write(f"* {len(box)} EXISTS\r\n".encode())
            elif word.startswith("UID SEARCH"):
                left = " ".join(str(number + 1) for number in range(len(box)) if number not in deleted)
                self.wfile.write(f"* SEARCH {left}\r\n".encode())
            elif word.startswith("UID FETCH"):
                uid = int(rest.split()[2])
                content = box[uid - 1]
                self.wfile.write(
                    f"* {uid} FETCH (UID {uid} BODY[] {{{len(content)}}}\r\n".encode() + content + b")\r\n"
                )
            elif word.startswith("UID STORE"):
                deleted.add(int(rest.split()[2]) - 1)
            elif word.startswith("LOGOUT"):
                self.wfile.write(f"* BYE\r\n{tag} OK\r\n".encode())
                return
            self.wfile.write(f"{tag} OK done\r\n".encode())


class _Pop(socketserver.StreamRequestHandler):
    """As much of RFC 1939 as a client needs to empty a mailbox."""

    def handle(self) -> None:
        box: list[bytes] = self.server.box  # type: ignore[attr-defined]
        deleted: set[int] = self.server.deleted  # type: ignore[attr-defined]
        self.wfile.write(b"+OK ready\r\n")
        for raw in self.rfile:
            word, _, number = raw.decode().strip().partition(" ")
            if word == "STAT":
                self.wfile.write(f"+OK {len(box)} 1\r\n".encode())
            elif word == "RETR":
                lines = box[int(number) - 1].replace(b"\r\n.", b"\r\n..")
                self.wfile.write(b"+OK\r\n" + lines + b"\r\n.\r\n")
            else:
                if word == "DELE":
                    deleted.add(int(number) - 1)
                self.wfile.write(b"+OK\r\n")
                if word == "QUIT":
                    return


@contextmanager
def mailbox(handler: type, box: list[bytes]) -> Iterator[tuple[int, set[int]]]:
    """(port, numbers of deleted mails) of a mailbox on loopback."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.box, server.deleted = box, set()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1], server.deleted  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("scheme", "handler"), [("imap", _Imap), ("pop3", _Pop)])
def test_a_mailbox_is_emptied(scheme: str, handler: type, message: Message, settings: Any) -> None:
    box = [report(HARD, return_path(message.public_id)), report(HARD, "somebody@else.example"), b"Subject: x\r\n\r\nHi"]
    with mailbox(handler, box) as (port, deleted):
        settings.BOUNCE_MAILBOX_URL = f"{scheme}://us%40er:p%20w@127.0.0.1:{port}"
        read_bounces()
        assert deleted == {0, 1, 2}
    message.refresh_from_db()
    assert message.state == "bounced"


def test_what_could_not_be_taken_stays_in_the_mailbox() -> None:
    def take(content: bytes) -> None:
        if b"two" in content:
            raise RuntimeError

    with mailbox(_Imap, [b"one", b"two", b"three"]) as (port, deleted):
        assert empty(parse_mailbox(f"imap://u:p@127.0.0.1:{port}"), take) == 2
        assert deleted == {0, 2}


def test_a_mailbox_that_is_away_says_so() -> None:
    with mailbox(_Imap, []) as (port, _), pytest.raises(MailboxAway, match="cannot be read"):
        empty(parse_mailbox(f"imap://u:wrong@127.0.0.1:{port}"), lambda content: None)
    with pytest.raises(MailboxAway, match="cannot be read"):
        empty(parse_mailbox(f"pop3://u:p@127.0.0.1:{port}"), lambda content: None)
    with pytest.raises(ValueError, match="must look like"):
        parse_mailbox("https://example.com")


def event(message: Message, kind: str, reject: str | None = None, number: str = "1") -> None:
    """As django-anymail sends it once it has verified a webhook."""
    data = SimpleNamespace(
        event_type=kind, reject_reason=reject, event_id=number, message_id="x", timestamp=None,
        metadata={"message": str(message.public_id)}, mta_response="550 5.1.1 ada@acme.example unknown", description="",
    )  # fmt: skip
    tracking.send(sender=object, event=data, esp_name="Test")


def test_a_sending_services_events_are_counted_once(message: Message) -> None:
    for _ in range(10):
        event(message, EventType.BOUNCED, RejectReason.INVALID)
    message.refresh_from_db()
    assert (message.state, BounceEvent.objects.count(), Suppression.objects.count()) == ("bounced", 1, 1)


def test_opens_and_clicks_are_not_wanted(message: Message) -> None:
    for kind in (EventType.OPENED, EventType.CLICKED, EventType.DELIVERED):
        event(message, kind)
    assert not BounceEvent.objects.exists()


def test_spam_refusals_of_a_service_suppress_nobody(message: Message) -> None:
    event(message, EventType.REJECTED, RejectReason.BLOCKED)
    event(message, EventType.BOUNCED, RejectReason.TIMED_OUT, "2")
    message.refresh_from_db()
    assert message.state == "bounced"
    assert not Suppression.objects.exists()
    event(message, EventType.COMPLAINED, None, "3")
    assert "unwanted" in Suppression.objects.get().reason
