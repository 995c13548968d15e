"""Checkpoints leave the house: rows first, then mails; a server that fails loses none."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail

from organisations.models import CheckpointMail, EvidencePersonal, Organisation, User
from organisations.queries.evidence import mails_in_trouble, outside_addresses
from organisations.rules.checkpoints import Signed
from organisations.services import send_due_checkpoints, send_failed_again, set_outside_addresses
from organisations.services.leaving import MAX_ATTEMPTS, send_checkpoint
from organisations.tasks import mail_checkpoints, sweep_evidence
from tests.organisations.evidence import checkpointed, grow

State = CheckpointMail.State


@pytest.fixture
def owner(organisation: Organisation) -> User:
    return User.objects.create_user("owner@acme.example")


@pytest.fixture
def set_to(organisation: Organisation, owner: User, now: datetime) -> Callable[..., list[str]]:
    def make(*addresses: str) -> list[str]:
        return set_outside_addresses(organisation=organisation, addresses=addresses, user=owner, now=now)

    return make


@pytest.fixture
def outside(set_to: Callable[..., list[str]]) -> list[str]:
    return set_to(" Auditor@firm.example", "council@acme.example", "auditor@firm.example")


def failing(error: BaseException) -> Callable[[Any], None]:
    def send(self: Any) -> None:
        raise error

    return send


def test_every_checkpoint_goes_to_every_address(organisation: Organisation, outside: list[str], now: datetime) -> None:
    assert outside == ["auditor@firm.example", "council@acme.example"]
    for _ in range(2):
        grow(organisation, now, 3)
        made = checkpointed(organisation, now)
    assert send_due_checkpoints(now=now) == 4
    assert send_due_checkpoints(now=now) == 0
    sent = mail.outbox[-1]
    (name, content, kind) = sent.attachments[0]
    assert (name, kind) == (made.download_name, "application/json")
    assert Signed.read(content.encode() if isinstance(content, str) else content) == made.signed
    said = made.signed.checkpoint
    for part in (made.short, said.head, said.root, said.public_key, made.signed.file.decode().strip()):
        assert part in sent.body
    assert sent.reply_to == ["privacy@acme.example"]
    assert set(CheckpointMail.objects.values_list("state", flat=True)) == {State.SENT}


def test_a_new_address_gets_the_last_checkpoint_at_once(
    organisation: Organisation, set_to: Callable[..., list[str]], now: datetime
) -> None:
    checkpointed(organisation, now)
    set_to("a@x.example")
    assert send_due_checkpoints(now=now) == 1
    set_to("a@x.example", "b@x.example")
    assert send_due_checkpoints(now=now) == 1
    assert mail.outbox[-1].to == ["b@x.example"]


def test_who_gets_them_is_in_the_log_without_the_addresses(
    outside: list[str], set_to: Callable[..., list[str]], owner: User
) -> None:
    kept = EvidencePersonal.objects.select_related("entry").get(entry__kind="evidence.outside_set")
    assert kept.entry.facts == {"user": owner.pk, "addresses": 2, "was": 0}
    assert kept.content == {"addresses": outside}
    assert set_to(*outside) == outside
    assert EvidencePersonal.objects.filter(entry__kind="evidence.outside_set").count() == 1


def test_who_is_taken_off_gets_no_more(
    organisation: Organisation, outside: list[str], set_to: Callable[..., list[str]], now: datetime
) -> None:
    checkpointed(organisation, now)
    set_to(outside[0])
    assert outside_addresses(organisation) == outside[:1]
    assert send_due_checkpoints(now=now) == 1


def test_a_failing_server_loses_none(organisation: Organisation, outside: list[str], now: datetime) -> None:
    checkpointed(organisation, now)
    for error in (OSError("connection refused"), SMTPRecipientsRefused({outside[0]: (550, b"no")})):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.core.mail.EmailMessage.send", failing(error))
            assert send_due_checkpoints(now=now) == 0
        rows = list(CheckpointMail.objects.order_by("email"))
        assert {row.state for row in rows} == {State.QUEUED}
        assert outside[0] not in rows[0].detail
        assert mails_in_trouble(organisation).count() == 2
        assert send_due_checkpoints(now=now) == 0  # not before its time
        now = rows[0].due_at
    assert send_due_checkpoints(now=now) == 2
    assert not mails_in_trouble(organisation).exists()


def test_it_gives_up_after_days_says_so_and_can_be_told_to_go_on(
    organisation: Organisation, outside: list[str], now: datetime
) -> None:
    checkpointed(organisation, now)
    CheckpointMail.objects.update(attempts=MAX_ATTEMPTS - 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", failing(OSError("away")))
        send_due_checkpoints(now=now)
    assert {row.state for row in mails_in_trouble(organisation)} == {State.FAILED}
    assert send_failed_again(organisation=organisation, now=now) == 2
    assert send_due_checkpoints(now=now) == 2


def test_one_worker_sends_it_and_one_that_dies_leaves_it_for_later(
    organisation: Organisation, outside: list[str], now: datetime
) -> None:
    checkpointed(organisation, now)
    row = CheckpointMail.objects.order_by("pk")[0]
    ids = []

    def dies(self: Any) -> None:
        ids.append(self.extra_headers["Message-ID"])
        assert not send_checkpoint(mail_id=row.pk, now=now)  # another worker, meanwhile
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", dies)
        with pytest.raises(KeyboardInterrupt):
            send_checkpoint(mail_id=row.pk, now=now)
    assert not send_checkpoint(mail_id=row.pk, now=now)
    assert send_checkpoint(mail_id=row.pk, now=now + timedelta(minutes=6))
    assert mail.outbox[-1].extra_headers["Message-ID"] == ids[0]


def test_an_organisation_on_trial_writes_to_the_local_folder(
    organisation: Organisation, outside: list[str], now: datetime
) -> None:
    Organisation.objects.update(outbox_only=True)
    checkpointed(Organisation.objects.get(pk=organisation.pk), now)
    assert send_due_checkpoints(now=now) == 2
    assert mail.outbox == []
    assert list(Path(django_settings.ACCOUNT_OUTBOX_DIR).iterdir())


def test_what_nobody_answered_is_rung_again(
    organisation: Organisation,
    outside: list[str],
    now: datetime,
    bells: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    checkpointed(organisation, now)
    with django_capture_on_commit_callbacks(execute=True):
        sweep_evidence()
    assert ("organisations.tasks.mail_checkpoints", {}) in bells
    mail_checkpoints()
    assert len(mail.outbox) == 2
