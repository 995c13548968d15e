"""A person's page: what happened, what applies and why, notes for helpers; and what works-council mode keeps back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compliance.attestations.models import HelpRequest
from compliance.attestations.services.erasing import erase_person, export_person
from compliance.campaigns.models import AttestationRequest, Invitation
from compliance.campaigns.services import claim_region, revoke_link
from employees.gateways import roster_file
from employees.models import Employee, PersonNote, RegionMove
from employees.services import commit_import, plan_file, undo_import, why_not_undo
from organisations.models import EvidenceEntry, Membership, Organisation
from organisations.rules import Role
from tests.conftest import give


def load(organisation: Organisation, rows: str, now: datetime) -> Any:
    file = roster_file("staff.csv", f"Number,Name,Work Email,Country\n{rows}".encode())
    made = plan_file(organisation=organisation, file=file, user=None, now=now)
    return commit_import(roster_import=made, leavers_confirmed=True, now=now)


def page(browser: Client, person: Employee) -> Any:
    response = browser.get(reverse("person", args=["acme", person.pk]))
    assert response.status_code == 200
    return response


def said(response: Any) -> list[str]:
    return [moment.what for moment in response.context["moments"]]


def test_a_move_on_the_roster_is_kept_and_an_undo_takes_it_back(
    organisation: Organisation, signed_in: Callable[..., Client], catalogue: None
) -> None:
    first = timezone.now() - timedelta(days=2)
    load(organisation, "1,Ada,ada@acme.example,GB\n", first)
    person, browser = Employee.objects.get(), signed_in()
    moved = load(organisation, "1,Ada,ada@acme.example,DE\n", first + timedelta(days=1))
    with CaptureQueriesContext(connection) as asked:
        shown = page(browser, person)
    assert sum('FROM "employees_regionmove"' in str(query["sql"]) for query in asked.captured_queries) == 1
    assert said(shown) == ["Region on the roster: United Kingdom, then Germany", "Came onto the roster"]
    assert [(move.before, move.after) for move in shown.context["moves"]] == [("United Kingdom", "Germany")]
    undo_import(roster_import=moved, now=timezone.now())
    assert said(page(browser, person)) == ["Came onto the roster"]
    assert not RegionMove.objects.exists()


def test_what_happened_stands_in_order(invite: Callable[..., Invitation], signed_in: Callable[..., Client]) -> None:
    invitation = invite()
    claim_region(invitation=invitation, country="IE", now=timezone.now())
    give(invitation, "need_help")
    give(invitation, "left_on")
    revoke_link(invitation=invitation, now=timezone.now())
    shown = page(signed_in(), invitation.employee)
    assert shown.context["profile"] == "Ireland"
    for words in ("Came onto the roster", "Invited", "Asked for help", "Answered: I leave it on", "Link ended by hand"):
        assert words in said(shown), words
    times = [moment.at for moment in shown.context["moments"]]
    assert times == sorted(times, reverse=True)
    applies = [*shown.context["applies"].asked, *shown.context["applies"].others]
    for item in applies:
        assert item.decision.reason
        assert [source.id for source in item.sources] == list(item.decision.citations)
    assert any(item.sources for item in applies)


def test_works_council_mode_shows_the_same_whatever_somebody_did(
    invite: Callable[..., Invitation], signed_in: Callable[..., Client]
) -> None:
    Organisation.objects.update(works_council_mode=True)
    invitation, browser = invite(), signed_in()
    before = said(page(browser, invitation.employee))
    claim_region(invitation=invitation, country="IE", now=timezone.now())
    give(Invitation.objects.get(), "need_help")
    after = page(browser, invitation.employee)
    assert said(after) == before
    assert after.context["profile"] == ""


# --- Notes -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(invite: Callable[..., Invitation], organisation: Organisation) -> HelpRequest:
    request = AttestationRequest.objects.get(invitation=invite())
    return HelpRequest.objects.create(organisation=organisation, request=request)


def test_a_note_stands_on_the_page_and_beside_the_request_for_help(
    asked: HelpRequest, signed_in: Callable[..., Client]
) -> None:
    admin, helper, person = signed_in(Role.ADMIN), signed_in(Role.HELPER), Employee.objects.get()
    write = reverse("person-note", args=["acme", person.pk])
    admin.post(write, {"text": "Reads <b>English</b> better."})
    assert b"Reads &lt;b&gt;English&lt;/b&gt; better." in page(admin, person).content
    beside = reverse("help-request", args=["acme", asked.pk])
    assert b"English" in helper.get(beside).content
    assert helper.post(write, {"text": "Called back.", "help": asked.pk})["Location"] == beside
    theirs, own = PersonNote.objects.get(text__startswith="Reads"), PersonNote.objects.get(text="Called back.")
    assert helper.post(reverse("note-remove", args=["acme", theirs.pk])).status_code == 404
    assert helper.post(reverse("note-remove", args=["acme", own.pk])).status_code == 302
    assert list(PersonNote.objects.all()) == [theirs]
    logged = EvidenceEntry.objects.filter(kind__startswith="note.").order_by("seq")
    assert [entry.kind for entry in logged] == ["note.written", "note.written", "note.removed"]
    assert not any("English" in str(entry.facts) for entry in logged)


def test_an_auditor_who_sees_names_reads_no_notes(asked: HelpRequest, signed_in: Callable[..., Client]) -> None:
    admin, auditor, person = signed_in(Role.ADMIN), signed_in(Role.AUDITOR), Employee.objects.get()
    Membership.objects.filter(role="auditor").update(sees_names=True)
    admin.post(reverse("person-note", args=["acme", person.pk]), {"text": "Reads English better."})
    shown = page(auditor, person).content
    assert b"English better" not in shown
    assert b"admin@acme.example" not in shown
    assert b"Notes for helpers" not in shown


def test_a_helper_notes_nothing_about_others(
    asked: HelpRequest, hire: Callable[..., Employee], signed_in: Callable[..., Client]
) -> None:
    other = hire("Bob", "DE")
    response = signed_in(Role.HELPER).post(reverse("person-note", args=["acme", other.pk]), {"text": "x"})
    assert response.status_code == 404
    assert not PersonNote.objects.exists()


@pytest.mark.parametrize(("text", "says"), [(" \0 ", "empty"), ("x" * 2_001, "2,000 characters")])
def test_a_note_that_cannot_be_kept_says_why(
    asked: HelpRequest, signed_in: Callable[..., Client], text: str, says: str
) -> None:
    browser, person = signed_in(), Employee.objects.get()
    response = browser.post(reverse("person-note", args=["acme", person.pk]), {"text": text}, follow=True)
    assert says in str(list(response.context["messages"])[-1])
    assert not PersonNote.objects.exists()


def test_notes_and_moves_go_with_the_person_and_are_in_their_data(
    organisation: Organisation, signed_in: Callable[..., Client], catalogue: None
) -> None:
    now = timezone.now()
    made = load(organisation, "1,Ada,ada@acme.example,GB\n", now)
    person = Employee.objects.get()
    signed_in().post(reverse("person-note", args=["acme", person.pk]), {"text": "On leave."})
    assert "a note is kept" in why_not_undo(made, timezone.now())
    load(organisation, "1,Ada,ada@acme.example,DE\n", timezone.now())
    found = export_person(organisation=organisation, employee=person, user=None, now=now)
    assert found["held"]["employees.PersonNote"][0]["text"] == "On leave."
    assert found["held"]["employees.RegionMove"][0]["country_before"] == "GB"
    erase_person(organisation=organisation, employee=person, user=None, now=now)
    assert not PersonNote.objects.exists()
    assert not RegionMove.objects.exists()
