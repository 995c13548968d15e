"""Receipts: a code that anybody can check, and that says nothing by itself."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from compliance.attestations.models import Attestation, Statement
from compliance.attestations.rules import read_receipt, receipt_code
from compliance.campaigns.models import Invitation, Message
from compliance.campaigns.services.delivery import deliver_due
from organisations.models import EvidenceEntry
from tests.attestations.browsing import fields, open_link, send
from tests.conftest import give
from tests.pages import html

Invite = Callable[..., Invitation]


@pytest.fixture(autouse=True)
def no_failures_yet() -> None:
    cache.clear()


def answered(invitation: Invitation) -> tuple[Client, str, str]:
    """(browser, path of the page, code) of somebody who has answered."""
    browser, page = open_link(invitation)
    path = page.request["PATH_INFO"]
    browser.post(path, fields(page, "left_on"))
    return browser, path, Attestation.objects.get().receipt


def test_the_code_stands_on_the_thanks_page_and_in_the_evidence(invite: Invite) -> None:
    browser, path, code = answered(invite())
    assert code in browser.get(f"{path}thanks/").content.decode()
    entry = EvidenceEntry.objects.get(kind="attestation.recorded")
    assert entry.facts["receipt"] == code
    assert Attestation.objects.get().statement_sha256 == entry.facts["statement_sha256"]


def test_the_file_says_that_but_not_what(invite: Invite) -> None:
    browser, path, code = answered(invite())
    response = browser.get(f"{path}receipt.txt")
    text = response.content.decode()
    assert response["Content-Disposition"] == f'attachment; filename="offswitch-{code}.txt"'
    assert code in text
    assert "LinkedIn: Training of content-generating AI models (v2025-11-03)" in text
    assert Attestation.objects.get().statement_sha256 in text
    assert "leave it on" not in text


def test_it_is_mailed_once_and_only_to_the_address_on_file(invite: Invite) -> None:
    browser, path, code = answered(invite())
    for _ in range(3):
        done = browser.post(f"{path}receipt/", follow=True)
        assert "on its way to your work e-mail" in done.content.decode()
    message = Message.objects.get(kind="receipt")
    deliver_due()
    sent = (settings.OUTBOX_DIR / f"{message.public_id}.eml").read_text()
    assert "To: ada@acme.example" in sent
    letter = Message.objects.select_related("letter").get(pk=message.pk).letter
    assert letter
    assert code in letter.text
    assert "leave it on" not in letter.text
    assert "xGAPxLINKx" in letter.text  # the kept letter has a gap where the person's link was
    assert "/l/" in sent


def test_a_correction_has_a_receipt_of_its_own(invite: Invite) -> None:
    invitation = invite()
    first, second = give(invitation, "left_on"), give(invitation, "already_off")
    assert first
    assert second
    assert first.code != second.code
    _, page = open_link(invitation)
    thanks = _.get(f"{page.request['PATH_INFO']}thanks/").content.decode()
    assert second.code in thanks
    assert first.code not in thanks


def test_whoever_has_the_code_sees_when_and_about_what(invite: Invite) -> None:
    code = answered(invite())[2]
    response = Client().post("/receipt/", {"code": f" {code.lower().replace('-', ' ')} "})
    page = html(response)
    assert "This receipt is real." in page
    assert "LinkedIn: Training of content-generating AI models" in page
    assert "Ada" not in page
    assert "leave it on" not in page


@pytest.mark.parametrize("code", ["AAAA-AAAA-AAAA-AAAA", "nonsense", "äöü", "A" * 40])
def test_a_code_that_is_none_is_a_clear_message(db: None, code: str) -> None:
    response = Client().post("/receipt/", {"code": code})
    assert response.status_code == 404
    assert "No answer has this code here." in response.content.decode()


def test_codes_cannot_be_tried_out(invite: Invite) -> None:
    code = answered(invite())[2]
    statuses = [Client().post("/receipt/", {"code": "A" * 16}).status_code for _ in range(65)]
    assert statuses == [404] * 60 + [429] * 5
    assert "This receipt is real." in Client().post("/receipt/", {"code": code}).content.decode()


def test_a_code_can_be_read_out_and_typed() -> None:
    code = receipt_code(bytes(range(10)))
    assert code == "AAAQ-EAYE-AUDA-OCAJ"
    assert read_receipt("aaaq eaye auda 0caj") == code
    assert read_receipt("AAAQ-EAYE-AUDA-OCA") == ""


def test_nobody_without_an_answer_has_a_receipt(invite: Invite) -> None:
    browser, page = open_link(invite())
    path = page.request["PATH_INFO"]
    assert browser.get(f"{path}receipt.txt").status_code == 303
    assert browser.post(f"{path}receipt/").status_code == 303
    assert not Message.objects.filter(kind="receipt").exists()


def test_the_statement_is_what_the_page_said(invite: Invite) -> None:
    invitation = invite()
    send(invitation, "left_on")
    row = Statement.objects.get(sha256=Attestation.objects.get().statement_sha256)
    for words in (
        "Answering is voluntary", "LinkedIn says that this applies in your region (United Kingdom)", "I leave it on",
        "undo training already done", "No account name, no screenshot, no IP address.",
    ):  # fmt: skip
        assert words in " ".join(row.text.split())
    assert "Ada" not in row.text
    assert timezone.now() > row.created_at
