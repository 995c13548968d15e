"""A person's own data as a PDF: all of `export_person`, in words, for those who may, kept nowhere."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import page
import pytest
from django.db import models
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.test import Client
from django.utils import timezone

from compliance.attestations.services.erasing import export_person
from compliance.campaigns.models import Campaign, Invitation, Letter, Suppression
from compliance.campaigns.services.delivery import deliver_due
from employees.models import Employee
from organisations.models import EvidenceEntry
from organisations.rules import Role
from reports.gateways import PdfFailed
from reports.kinds.subject import extract_facts
from reports.kinds.subject_words import LABELS
from tests.conftest import give
from tests.reports.test_report import text_of

# By which rows are found or which programs note for themselves: at the end of the extract, as they are.
TECHNICAL = {
    "id", "public_id", "organisation", "campaign", "invitation", "employee", "request", "message", "letter", "step",
    "joined_in", "basis", "key_version", "rotation", "token_hash", "submission", "statement_sha256", "attempts", "dead",
    "claim", "lease_until", "searched", "provider_id", "taken_by", "key", "ours", "applied", "sha256", "html",
    "roster_import", "author", "by_hand", "closed_because", "sent_again_at",
}  # fmt: skip


@pytest.fixture
def person(campaign: Campaign, invite: Callable[..., Invitation]) -> Employee:
    invitation = invite("Ada", "GB")
    deliver_due()
    give(invitation, "left_on")
    give(invitation, "already_off")
    person = invitation.employee
    person.department, person.attributes = "Engineering", {"badge": "B-17"}
    person.save()
    return person


def tables(model: Any, seen: set[object]) -> Iterator[Any]:
    """The model and all whose rows go with it."""
    if model in seen:
        return
    seen.add(model)
    yield model
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is models.CASCADE:
            yield from tables(relation.related_model, seen)


def test_every_field_has_words_or_is_technical() -> None:
    every: list[type[models.Model]] = [*tables(Employee, set()), Letter, Suppression]
    for model in every:
        fields = {field.name for field in model._meta.concrete_fields}
        assert fields - TECHNICAL <= LABELS[model._meta.label].keys(), model._meta.label
        assert LABELS[model._meta.label].keys() <= fields, model._meta.label


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    elif value not in (None, "", False):
        yield value


def test_nothing_that_is_held_is_left_out(person: Employee) -> None:
    """Every text and number of the export stands in the extract, as it is or in the words for it."""
    found = export_person(organisation=person.organisation, employee=person, user=None, now=timezone.now())
    facts = extract_facts(found, person.name, {})
    said = str(facts["chapters"]) + str(facts["rest"])
    worded = {"GB", "en", "active", "sent", "instruction", "named", "in_scope", "send", "left_on", "already_off"}
    versions = {row["policy_version"] for row in found["held"]["campaigns.AttestationRequest"]}
    for value in leaves(found["held"]):
        if isinstance(value, datetime) or value in worded | versions or isinstance(value, bool):
            continue
        assert str(value) in said, value
    for words in (
        "It was off already",
        "I leave it on",
        "United Kingdom",
        "First mail",
        "handed over",
        "B-17",
        "answer: I leave it on",
    ):
        assert words in said, words


@pytest.mark.parametrize(("language", "words"), [("en", "What is held about you"), ("de", "Was über Sie gespeichert")])
def test_the_pdf_is_handed_out_and_kept_nowhere(
    person: Employee, signed_in: Callable[..., Client], tmp_path: Path, language: str, words: str
) -> None:
    response = signed_in(Role.ADMIN).post(f"/o/acme/people/{person.pk}/extract/", {"language": language})
    assert response["Content-Type"] == "application/pdf"
    path = tmp_path / "got.pdf"
    path.write_bytes(response.content)
    text = text_of(path)
    for expected in (words, "Ada", "Engineering", "badge: B-17", "ada@acme.example"):
        assert expected.lower() in text.lower(), text
    for profile in ("3a", "ua1"):
        assert [item.rule_id for item in page.validate_pdf(path, profile=profile).failures] == []
    kinds = list(EvidenceEntry.objects.order_by("-seq").values_list("kind", flat=True)[:2])
    assert kinds == ["person.extract_made", "person.exported"]
    assert not list((tmp_path / "files").rglob("*.pdf"))


def test_a_foreign_person_or_an_unknown_language_is_not_found(
    person: Employee, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(Role.ADMIN)
    assert browser.post("/o/acme/people/999999/extract/").status_code == 404
    assert browser.post(f"/o/acme/people/{person.pk}/extract/", {"language": "xx"}).status_code == 404


def test_an_extract_that_cannot_be_drawn_says_so(
    person: Employee, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PdfFailed("Drawing the PDF took longer than 25 seconds.")

    monkeypatch.setattr("reports.handing_out.render_pdf", refuse)
    shown = signed_in(Role.ADMIN).post(f"/o/acme/people/{person.pk}/extract/", follow=True).content.decode()
    assert "took longer than 25 seconds. The same data can be had as a file." in shown
