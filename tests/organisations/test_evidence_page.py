"""The evidence page: what it says, its jobs, its downloads, the addresses outside."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organisations.models import CheckpointMail, EvidenceCheckpoint, EvidenceEntry, EvidenceJob, Organisation
from organisations.rules import Role
from organisations.services import cancel_job, forget_old_bundles, release_expired_jobs, run_job
from organisations.tasks import run_evidence_job, sweep_evidence
from tests.organisations.evidence import checkpointed, grow, without_triggers

State = EvidenceJob.State


def text_of(browser: Client) -> str:
    response = browser.get(reverse("evidence", args=["acme"]))
    assert response.status_code == 200
    return response.content.decode()


def do(browser: Client, name: str, **data: str) -> str:
    response = browser.post(reverse(f"evidence-{name}", args=["acme"]), data, follow=True)
    return str(response.content.decode())


def test_a_fresh_log_says_what_it_is(organisation: Organisation, signed_in: Callable[..., Client]) -> None:
    said = text_of(signed_in(Role.AUDITOR))
    assert "a log that can only grow" in said
    assert "none yet" in said
    assert "Nobody outside keeps checkpoints" in said
    assert "Save the addresses" not in said  # an owner's


def test_a_check_is_a_job_that_the_page_waits_for(
    organisation: Organisation,
    now: datetime,
    signed_in: Callable[..., Client],
    bells: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    grow(organisation, now, 20)
    browser = signed_in(Role.AUDITOR)
    with django_capture_on_commit_callbacks(execute=True):
        assert "Waiting for a worker" in do(browser, "check")
    job = EvidenceJob.objects.get()
    assert bells == [("organisations.tasks.run_evidence_job", {"job_id": job.pk})]
    do(browser, "check")
    assert EvidenceJob.objects.count() == 1  # the one under way
    EvidenceJob.objects.update(total=20)
    assert "Reading entries" in text_of(browser)
    run_evidence_job(job.pk)
    assert not run_job(job_id=job.pk, now=now)
    said = browser.get(reverse("evidence", args=["acme"]), headers={"HX-Request": "true"}).content.decode()
    assert "Every entry is unchanged" in said
    assert "<html" not in said
    assert "hx-get" not in said


def test_damage_is_said_with_the_first_bad_entry(
    organisation: Organisation, now: datetime, signed_in: Callable[..., Client]
) -> None:
    grow(organisation, now, 5)
    browser = signed_in(Role.ADMIN)
    with without_triggers():
        EvidenceEntry.objects.filter(seq=4).update(kind="x")
    for name in ("check", "bundle"):
        do(browser, name)
    for pk in EvidenceJob.objects.values_list("pk", flat=True):
        run_evidence_job(pk)
    said = text_of(browser)
    assert "Entry 4 does not continue the log" in said
    assert "The bundle could not be made" in said
    assert "The log is damaged, so nothing was signed" in do(browser, "sign")
    assert not EvidenceCheckpoint.objects.exists()


def test_a_bundle_is_made_downloaded_and_forgotten(
    organisation: Organisation, now: datetime, signed_in: Callable[..., Client]
) -> None:
    grow(organisation, now, 5)
    browser = signed_in(Role.AUDITOR)
    url = reverse("evidence-download", args=["acme"])
    assert browser.get(url).status_code == 404
    do(browser, "bundle")
    run_evidence_job(EvidenceJob.objects.get().pk)
    assert "Download the bundle" in text_of(browser)
    response: Any = browser.get(url)
    content = b"".join(response.streaming_content)
    assert "entries.jsonl" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    kinds = list(EvidenceEntry.objects.order_by("-seq").values_list("kind", flat=True)[:3])
    assert kinds[0] == "evidence.bundle_downloaded"
    assert "evidence.bundle_requested" in kinds
    job = EvidenceJob.objects.get()
    assert job.path.is_file()
    assert forget_old_bundles(now=timezone.now()) == 0
    assert forget_old_bundles(now=timezone.now() + timedelta(days=2)) == 1
    assert not job.path.exists()
    assert browser.get(url).status_code == 404


def test_a_worker_that_dies_is_followed_by_another(
    organisation: Organisation,
    now: datetime,
    signed_in: Callable[..., Client],
    bells: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    do(signed_in(), "check")
    later = now + timedelta(minutes=5)
    for attempt in (1, 2):
        EvidenceJob.objects.update(state=State.RUNNING, lease_until=now, attempts=attempt)
        assert release_expired_jobs(now=later) == 1
    with django_capture_on_commit_callbacks(execute=True):
        sweep_evidence()
    assert ("organisations.tasks.run_evidence_job", {"job_id": EvidenceJob.objects.get().pk}) in bells
    EvidenceJob.objects.update(state=State.RUNNING, lease_until=now, attempts=3)
    assert release_expired_jobs(now=later) == 0
    assert "Every worker that tried this died" in text_of(signed_in())


@pytest.mark.parametrize("kind", ["check", "bundle"])
def test_a_job_is_cancelled_while_it_waits(
    organisation: Organisation, signed_in: Callable[..., Client], now: datetime, kind: str
) -> None:
    grow(organisation, now, 5)
    browser = signed_in(Role.AUDITOR)
    do(browser, kind)
    pk = EvidenceJob.objects.get().pk
    url = reverse("evidence-cancel", args=["acme", pk])
    assert url in text_of(browser)
    assert url in browser.get("/o/acme/jobs/").content.decode()
    assert "Cancelled" in browser.post(url, follow=True).content.decode()
    assert "It had ended before." in browser.post(url, follow=True).content.decode()
    assert not run_job(job_id=pk, now=now)
    said = browser.get("/o/acme/jobs/").content.decode()
    assert "Cancelled before the end" in said
    assert "Try again" in said
    assert url not in text_of(browser)


@pytest.mark.parametrize(("kind", "work"), [("check", "full_audit"), ("bundle", "write_bundle")])
def test_a_worker_lets_go_of_what_was_cancelled(
    organisation: Organisation,
    signed_in: Callable[..., Client],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    kind: str,
    work: str,
) -> None:
    """What an earlier one found still stands; half a file does not."""
    grow(organisation, now, 5)
    browser = signed_in(Role.AUDITOR)
    do(browser, kind)
    run_evidence_job(EvidenceJob.objects.get().pk)
    do(browser, kind)
    job = EvidenceJob.objects.latest("pk")

    def cancelled(*_: object, step: Callable[[int], None], **__: object) -> None:
        assert cancel_job(job=job, now=now)
        step(10_000)

    monkeypatch.setattr(f"organisations.services.jobs.{work}", cancelled)
    assert run_job(job_id=job.pk, now=now)
    job.refresh_from_db()
    assert (job.state, job.read, job.file) == (State.CANCELLED, 0, "")
    said = text_of(browser)
    assert ("Every entry is unchanged" if kind == "check" else "Download the bundle") in said
    files = [path.name for path in Path(settings.MEDIA_ROOT).glob("evidence/*/*") if path.name.startswith(f"{job.pk}-")]
    assert files == []


def test_a_job_that_goes_wrong_says_so(
    organisation: Organisation, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    do(signed_in(), "check")

    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("organisations.services.jobs.full_audit", fails)
    run_evidence_job(EvidenceJob.objects.get().pk)
    assert "The check could not be finished" in text_of(signed_in())


def test_checkpoints_are_listed_and_downloaded(
    organisation: Organisation, now: datetime, signed_in: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        grow(organisation, now, 1)
        made = checkpointed(organisation, now)
    browser = signed_in(Role.AUDITOR)
    with django_assert_max_num_queries(14):
        said = text_of(browser)
    assert all(item.short in said for item in EvidenceCheckpoint.objects.all())
    response = browser.get(reverse("evidence-checkpoint", args=["acme", made.pk]))
    assert response.content == made.signed.file
    assert made.download_name in response["Content-Disposition"]


def test_an_owner_sets_the_addresses_outside(
    organisation: Organisation, now: datetime, signed_in: Callable[..., Client]
) -> None:
    checkpointed(organisation, now)
    browser = signed_in(Role.OWNER)
    assert "2 addresses get every checkpoint" in do(browser, "addresses", addresses="a@x.example\r\nb@y.example")
    assert CheckpointMail.objects.count() == 2
    assert "nobody is no e-mail address" in do(browser, "addresses", addresses="nobody")
    many = "\n".join(f"a{number}@x.example" for number in range(21))
    assert "at most 20" in do(browser, "addresses", addresses=many)
    assert CheckpointMail.objects.count() == 2
    CheckpointMail.objects.update(state=CheckpointMail.State.FAILED, detail="away")
    assert "have not arrived yet" in text_of(browser)
    do(browser, "mail-again")
    assert CheckpointMail.objects.filter(state=CheckpointMail.State.QUEUED).count() == 2
    assert "Nobody outside gets" in do(browser, "addresses", addresses="")
