"""A person's data: all of it given, all of it destroyed, nothing guessed back."""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.attestations.models import Attestation, HelpRequest
from compliance.attestations.services import answer_help
from compliance.attestations.services.erasing import erase_person, export_person
from compliance.campaigns.gateways.outbox import read_mail
from compliance.campaigns.models import (
    BounceEvent,
    Campaign,
    Invitation,
    Message,
    SavedAudience,
    Suppression,
)
from compliance.campaigns.services import claim_region
from compliance.campaigns.services.delivery import deliver_due
from compliance.campaigns.services.forgetting import ERASED
from compliance.catalogue.rules import Answer
from employees.gateways import roster_file
from employees.models import Employee, PlanChunk, RosterImport
from employees.services import ImportRefused, commit_import, plan_file
from organisations.models import EvidenceEntry, EvidencePersonal, Organisation, User
from organisations.queries import evidence_state
from organisations.rules import Role, commitment
from organisations.services import Event, append_evidence
from reports.queries import readiness
from reports.wording import headline
from tests.conftest import give

CANARY = "zyzzyva"
NAME, EMAIL, NUMBER = f"{CANARY.title()} Quill", f"{CANARY}@acme.example", f"N-{CANARY}"


@pytest.fixture
def canary(campaign: Campaign, invite: Callable[..., Invitation], hire: Callable[..., Employee]) -> Employee:
    """One person in every table there is, and a colleague."""
    organisation = campaign.organisation
    hire("Bob", "GB", manager_email=EMAIL)
    invitation = invite(NAME, "GB")
    person = invitation.employee
    person.email, person.external_id, person.department = EMAIL, NUMBER, f"dept-{CANARY}"
    person.attributes, person.manager_email = {"nick": f"nick-{CANARY}"}, f"boss-{CANARY}@acme.example"
    person.save()
    deliver_due()
    give(invitation, "need_help")
    asked, helper = HelpRequest.objects.get(), User.objects.create_user("helper@acme.example")
    answer_help(help_request=asked, paragraphs=[f"Dear help-{CANARY}"], user=helper, now=timezone.now())
    claim_region(invitation=invitation, country="US", now=timezone.now())
    give(invitation, "left_on")
    message = Message.objects.get(invitation=invitation, kind="instruction")
    BounceEvent.objects.create(message=message, key="k", kind="soft", detail=f"bounce-{CANARY}")
    Suppression.objects.create(organisation=organisation, email=EMAIL, reason=f"reason-{CANARY}")
    event = Event("person.looked_at", {}, {"employee": person.pk, "seen": f"evidence-{CANARY}"}, person.pk)
    append_evidence(organisation=organisation, events=[event], now=timezone.now())
    Campaign.objects.filter(pk=campaign.pk).update(
        audience={"people": [EMAIL, "bob@acme.example"], "managers": [EMAIL]}
    )
    SavedAudience.objects.create(organisation=organisation, name="mine", audience={"people": [NUMBER.lower()]})
    content = f"Name,Work Email,Country,Hobby\n{NAME},{EMAIL},FR,hobby-{CANARY}\nBob,bob@acme.example,GB,x\n".encode()
    plan_file(organisation=organisation, file=roster_file("staff.csv", content), user=None, now=timezone.now())
    return person


def erase(person: Employee, now: datetime) -> Any:
    return erase_person(organisation=person.organisation, employee=person, user=None, now=now)


def test_the_export_has_what_every_table_holds(canary: Employee, now: datetime) -> None:
    found = export_person(organisation=canary.organisation, employee=canary, user=None, now=now)
    text = json.dumps(found, default=str)
    for place in ("dept", "nick", "boss", "bounce", "reason", "evidence", "help"):
        assert f"{place}-{CANARY}" in text, place
    assert {"employees.Employee", "campaigns.Invitation", "campaigns.Message", "campaigns.AttestationRequest",
            "campaigns.BounceEvent", "campaigns.RegionClaim", "attestations.Attestation",
            "attestations.HelpRequest"} <= found["held"].keys()  # fmt: skip
    assert found["held"]["attestations.Attestation"][-1]["answer"] == "left_on"
    assert found["manager_of"] == 1
    assert found["listed_in"] == ["LinkedIn, winter", "mine"]
    assert found["lines_of_imports"][0]["email"] == EMAIL
    assert "token_hash" not in text
    entry = EvidenceEntry.objects.get(kind="person.exported")
    assert CANARY not in json.dumps(entry.facts)
    assert EvidencePersonal.objects.get(entry=entry).subject == canary.pk


def everything() -> str:
    """The whole database as text, every table."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [repr(bytes(cell) if isinstance(cell, memoryview) else cell) for row in cursor for cell in row]
    return "\n".join(found).lower()


def test_nothing_is_left_in_any_table_and_the_rest_stays(canary: Employee, now: datetime) -> None:
    assert CANARY in everything()
    done = erase(canary, now)
    assert (done.campaigns, done.mails, done.reports_to) == (1, 2, 1)
    assert CANARY not in everything()
    assert not PlanChunk.objects.exists()
    assert not EvidencePersonal.objects.filter(subject=canary.pk).exists()
    assert list(Employee.objects.values_list("name", flat=True)) == ["Bob"]
    assert Campaign.objects.get().audience == {"people": [ERASED, "bob@acme.example"], "managers": [ERASED]}
    assert SavedAudience.objects.get().audience == {"people": [ERASED]}
    assert Invitation.objects.count() == 1
    assert evidence_state(canary.organisation).broken_at is None
    facts = EvidenceEntry.objects.get(kind="person.erased").facts
    assert facts.keys() == {"user", "campaigns", "personal_parts", "mails"}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the file of SQLite")
@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_in_the_files(canary: Employee, now: datetime) -> None:
    database = Path(connection.settings_dict["NAME"])
    outbox: Path = django_settings.OUTBOX_DIR
    reference = Message.objects.get(invitation__employee=canary, kind="instruction").public_id
    assert CANARY.encode() in database.read_bytes().lower()
    assert (outbox / f"{reference}.eml").exists()
    mails = len(list(outbox.glob("*.eml")))
    erase(canary, now)
    connection.close()  # what SQLite keeps beside its file goes with the last connection
    for path in database.parent.glob(f"{database.name}*"):
        assert CANARY.encode() not in path.read_bytes().lower(), path
    assert len(list(outbox.glob("*.eml"))) == mails - 1
    for path in outbox.glob("*.eml"):
        assert CANARY.encode() not in path.read_bytes().lower()


@pytest.mark.django_db(transaction=True)
def test_test_mails_that_greet_them_go_too(canary: Employee, now: datetime, signed_in: Callable[..., Client]) -> None:
    url = reverse("campaign-test", args=["acme", Campaign.objects.get().pk])
    Campaign.objects.update(audience={})
    signed_in().post(url, {"person": EMAIL, "step": "0"})
    mails = {path: read_mail(path.read_bytes()) for path in django_settings.OUTBOX_DIR.glob("*.eml")}
    tests = [path for path, mail in mails.items() if NAME in mail.text]
    assert len(tests) == 2  # the mail and the test
    erase(canary, now)
    assert not [path for path in tests if path.exists()]


def test_no_commitment_says_who_or_what(canary: Employee, now: datetime) -> None:
    """Whoever has the log, the roster and all answers there are tries them all: the salts are gone."""
    entries = set(EvidenceEntry.objects.exclude(commitment="").values_list("pk", "commitment"))
    mine = {value for pk, value in entries if EvidencePersonal.objects.filter(entry=pk, subject=canary.pk).exists()}
    salts = [bytes(row.salt) for row in EvidencePersonal.objects.filter(subject=canary.pk)]
    guesses = [{"employee": pk, "answer": answer.value} for pk in range(canary.pk + 5) for answer in Answer]
    guesses += [{"employee": pk} for pk in range(canary.pk + 5)]
    assert {commitment(salt, guess) for salt in salts for guess in guesses} & mine  # with the salts it is easy
    erase(canary, now)
    left = [bytes(row.salt) for row in EvidencePersonal.objects.all()]
    tried = {commitment(salt, guess) for salt in (*left, b"", b"\x00" * 32) for guess in guesses}
    assert not tried & mine


def test_figures_change_and_say_so(canary: Employee, campaign: Campaign, now: datetime) -> None:
    before = readiness(campaign, timezone.now(), minimum_cell=1)
    assert (before.total.asked, before.total.declined) == (2, 1)
    assert "erased" not in headline(before, [])
    erase(canary, now)
    after = readiness(campaign, timezone.now(), minimum_cell=1)
    assert (after.total.asked, after.total.declined) == (1, 0)
    assert "1 more person had been invited; that person’s data have been erased" in headline(after, [])
    assert "have been erased" in headline(readiness(campaign, timezone.now(), minimum_cell=5), [])


def test_not_while_an_import_is_carried_out(canary: Employee, now: datetime) -> None:
    RosterImport.objects.update(state=RosterImport.State.COMMITTING)
    with pytest.raises(ImportRefused, match="being carried out"):
        erase(canary, now)
    assert Employee.objects.filter(pk=canary.pk).exists()


def test_the_page_says_what_goes_and_asks_for_the_address(canary: Employee, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(Role.ADMIN)
    url = reverse("person-erase", args=["acme", canary.pk])
    assert url in browser.get(reverse("person", args=["acme", canary.pk])).content.decode()
    said = browser.get(url).content.decode()
    assert "What is destroyed" in said
    assert "What stays" in said
    assert browser.post(url, {"email": "bob@acme.example"}).status_code == 422
    RosterImport.objects.update(state=RosterImport.State.COMMITTING)
    assert "being carried out" in browser.post(url, {"email": EMAIL}).content.decode()
    RosterImport.objects.update(state=RosterImport.State.PLANNED)
    assert browser.post(url, {"email": f" {EMAIL.upper()} "}).status_code == 302
    assert not Employee.objects.filter(pk=canary.pk).exists()
    assert EvidenceEntry.objects.get(kind="person.erased").facts["user"]


def test_the_button_gives_a_file(canary: Employee, signed_in: Callable[..., Client]) -> None:
    response = signed_in().post(reverse("person-export", args=["acme", canary.pk]))
    assert json.loads(response.content)["held"]["employees.Employee"][0]["email"] == EMAIL


def run(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, "--organisation", "acme", *arguments, stdout=out)
    return out.getvalue()


def test_the_commands(canary: Employee, organisation: Organisation, now: datetime) -> None:
    assert json.loads(run("export_person", EMAIL.upper()))["manager_of"] == 1
    with pytest.raises(CommandError, match="Add --yes"):
        run("erase_person", EMAIL)
    with pytest.raises(CommandError, match="Nobody"):
        run("erase_person", "nobody@acme.example", "--yes")
    left = Employee.objects.create(
        organisation=organisation, name="X", email=EMAIL, country="GB", status="left", left_at=now - timedelta(days=9)
    )
    with pytest.raises(CommandError, match="2 people have had that address"):
        run("erase_person", EMAIL, "--yes")
    assert "Destroyed: the person, 0 invitations" in run("erase_person", str(left.pk), "--yes")
    RosterImport.objects.update(state=RosterImport.State.COMMITTING)
    with pytest.raises(CommandError, match="being carried out"):
        run("erase_person", str(canary.pk), "--yes")
    RosterImport.objects.update(state=RosterImport.State.DISCARDED)
    assert "1 invitations, 2 mails" in run("erase_person", str(canary.pk), "--yes")
    assert not Attestation.objects.exists()
    with pytest.raises(CommandError, match="no organisation"):
        call_command("erase_person", "1", "--organisation", "nobody")


def test_a_plan_made_while_somebody_is_erased_does_not_bring_them_back(canary: Employee, now: datetime) -> None:
    """Open imports are discarded; one whose file arrived a moment later was planned from the roster before."""
    RosterImport.objects.update(state=RosterImport.State.DISCARDED)
    file = roster_file("staff.csv", f"Name,Work Email,Country\n{NAME},{EMAIL},FR\n".encode())
    planned = plan_file(organisation=canary.organisation, file=file, user=None, now=now)
    lines = list(PlanChunk.objects.filter(roster_import=planned))
    erase(canary, now)
    RosterImport.objects.filter(pk=planned.pk).update(state=RosterImport.State.PLANNED)
    PlanChunk.objects.bulk_create(lines)
    with pytest.raises(ImportRefused, match="The roster has changed since"):
        commit_import(roster_import=planned, leavers_confirmed=True, now=now)
