"""Long files: a worker reads and commits them, says how far it is, and can be stopped."""

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from employees import tasks
from employees.gateways import RosterFile
from employees.models import Employee, PlanChunk, RosterImport, RosterUpload
from employees.services import (
    commit_import,
    discard_import,
    finish_commit,
    plan_import,
    purge_ended,
    receive_file,
    release_expired,
    request_commit,
)
from organisations.models import Organisation
from organisations.rules import Role
from tests.employees.conftest import ADA, BOB, HEADER, Plan

Bells = list[tuple[str, dict[str, int]]]


def long_file(rows: int) -> bytes:
    people = [f"{i},Person {i},person.{i}@acme.example,France,Sales,Active" for i in range(rows)]
    return "\n".join([HEADER, *people]).encode()


@pytest.fixture
def received(organisation: Organisation, now: datetime) -> RosterImport:
    file = RosterFile("staff.csv", long_file(5_000))
    return receive_file(organisation=organisation, file=file, user=None, now=now)


def test_a_long_file_is_left_to_a_worker_and_the_page_waits(
    signed_in: object, bells: Bells, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    monkeypatch.setattr("employees.views.imports.AT_ONCE_BYTES", 10)
    browser: Client = signed_in(Role.OWNER)  # type: ignore[operator]
    upload = SimpleUploadedFile("staff.csv", long_file(50))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        response = browser.post("/o/acme/people/import/", {"file": upload, "covers": "whole"})
    made = RosterImport.objects.get()
    assert ("employees.tasks.plan_roster", {"import_id": made.pk}) in bells
    page = browser.get(response["Location"]).content.decode()
    assert "Waiting for a worker" in page
    tasks.plan_roster(made.pk)
    polled = browser.get(response["Location"], headers={"hx-request": "true"})
    assert polled["HX-Refresh"] == "true"
    assert "What this file would change" in browser.get(response["Location"]).content.decode()


def test_a_worker_says_how_far_it_is(received: RosterImport, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, str]] = []

    def look(organisation: Organisation) -> list[object]:
        seen.extend(RosterImport.objects.filter(organisation=organisation).values_list("progress", "stage"))
        return []

    monkeypatch.setattr("employees.services.planning.PAUSE", 0)
    monkeypatch.setattr("employees.services.planning.known_people", look)
    plan_import(import_id=received.pk, now=now)
    assert seen == [(65, "Checking 5,000 rows")]


def test_a_cancelled_file_is_not_planned(
    received: RosterImport, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody cancels while the worker is at it: the worker notices, and nothing of the file stays."""

    def cancel(organisation: Organisation) -> list[object]:
        discard_import(roster_import=received, now=now)
        return []

    monkeypatch.setattr("employees.services.planning.known_people", cancel)
    plan_import(import_id=received.pk, now=now)
    received.refresh_from_db()
    assert (received.state, received.counts) == ("discarded", {})
    assert not RosterUpload.objects.exists()
    assert not PlanChunk.objects.exists()


def test_a_file_is_read_by_one_worker(received: RosterImport, now: datetime) -> None:
    assert plan_import(import_id=received.pk, now=now)
    assert not plan_import(import_id=received.pk, now=now)


def test_a_file_whose_workers_die_is_tried_three_times(received: RosterImport, now: datetime) -> None:
    later = now
    for attempt in (1, 2, 3):
        RosterImport.objects.update(claim="6f0f6a0e-0000-4000-8000-000000000000", lease_until=later, attempts=attempt)
        later += timedelta(minutes=2)
        release_expired(now=later)
        received.refresh_from_db()
        assert received.state == ("failed" if attempt == 3 else "reading")
        assert received.claim is None
    assert "Every worker" in received.detail


def test_what_nobody_carries_out_is_deleted_after_a_day(plan: Plan, now: datetime) -> None:
    planned = plan(ADA)
    assert purge_ended(now=now + timedelta(hours=23)) == 0
    assert purge_ended(now=now + timedelta(hours=25)) == 1
    planned.refresh_from_db()
    assert (planned.state, planned.detected) == ("discarded", {})
    assert not RosterUpload.objects.exists()
    assert not PlanChunk.objects.exists()


def test_the_upload_lies_sealed_and_goes_with_the_commit(plan: Plan, now: datetime) -> None:
    planned = plan(ADA)
    assert b"Lovelace" not in bytes(RosterUpload.objects.get().content)
    commit_import(roster_import=planned, now=now)
    assert not RosterUpload.objects.exists()


def test_an_upload_whose_key_is_gone_says_so(received: RosterImport, now: datetime, settings: object) -> None:
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    plan_import(import_id=received.pk, now=now)
    received.refresh_from_db()
    assert (received.state, received.detail) == ("failed", "The upload can no longer be opened. Upload the file again.")


def test_a_long_commit_is_a_workers_too(received: RosterImport, now: datetime, signed_in: object, bells: Bells) -> None:
    plan_import(import_id=received.pk, now=now)
    received.refresh_from_db()
    request_commit(roster_import=received, leavers_confirmed=False, now=now)
    browser: Client = signed_in(Role.OWNER)  # type: ignore[operator]
    assert "Changing the roster" in browser.get(f"/o/acme/people/import/{received.pk}/").content.decode()
    tasks.sweep_imports()
    tasks.commit_roster(received.pk)
    received.refresh_from_db()
    assert (received.state, Employee.objects.count()) == ("committed", 5_000)


def test_a_commit_that_cannot_be_goes_back_to_its_plan(plan: Plan, load: Plan, now: datetime) -> None:
    planned = plan(ADA)
    request_commit(roster_import=planned, leavers_confirmed=False, now=now)
    load(BOB)
    finish_commit(import_id=planned.pk, now=now)
    planned.refresh_from_db()
    assert planned.state == "planned"
    assert "The roster has changed since" in planned.detail
