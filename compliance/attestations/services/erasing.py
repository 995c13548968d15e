"""One person's data: everything that is held, as a document; and all of it destroyed.

What hangs on the employee's row is found by following the foreign keys, so that a table which is added later is neither
left out of an export nor left behind by an erasure. What knows a person otherwise is asked by name below.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models.fields.reverse_related import ForeignObjectRel

from compliance.campaigns.models import Invitation, Letter, Message, Suppression
from compliance.campaigns.rules import WRITTEN
from compliance.campaigns.services.forgetting import (
    audiences_with,
    forget_files,
    forget_in_audiences,
    forget_suppression,
)
from employees.lines import unpacked
from employees.models import Employee, PlanChunk
from employees.services import forget_as_manager, forget_lines, forget_views_about, raise_roster_revision
from organisations.models import EvidencePersonal, Organisation, User
from organisations.services import Event, append_evidence

SECRET = {"token_hash"}  # says nothing about anybody, and a link could be tried against it

HIDDEN = (
    "In works-council mode nobody here sees what a person answered. Whoever runs the server makes the file with "
    "manage.py export_person, for the person alone."
)


@dataclass(frozen=True)
class Erased:
    """What was destroyed, in numbers."""

    campaigns: int
    mails: int
    personal_parts: int
    reports_to: int
    imports: int


@transaction.atomic
def erase_person(*, organisation: Organisation, employee: Employee, user: User | None, now: datetime) -> Erased:
    """Destroys everything held about one person; the log says that it was done, and not to whom.

    Their answers go, so figures of campaigns they were in count one person fewer; dashboard and reports say so from
    then on (docs/decisions/0010). Raises ImportRefused while an import is being carried out.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    employee = Employee.objects.get(organisation=organisation, pk=employee.pk)
    # First, so that nobody's answer is on its way: whoever writes for this person locks the invitation too.
    list(Invitation.objects.select_for_update(no_key=True).filter(employee=employee).order_by("pk").values_list("pk"))
    messages = Message.objects.filter(invitation__employee=employee)
    letters = _written_letters(employee)
    campaigns = Invitation.objects.filter(employee=employee).order_by("campaign").values_list("campaign", flat=True)
    files, asked = list(messages.values_list("public_id", flat=True)), list(campaigns)
    emails, name = _addresses(employee), employee.name
    imports = forget_lines(organisation=organisation, now=now)
    managed = sum(forget_as_manager(organisation=organisation, email=email) for email in emails)
    forget_in_audiences(organisation=organisation, known_as=_known_as(employee))
    forget_suppression(organisation=organisation, emails=emails)
    forget_views_about(employee=employee, emails=emails)
    personal = EvidencePersonal.objects.filter(entry__organisation=organisation, subject=employee.pk)
    parts = personal.delete()[0]
    employee.delete()
    raise_roster_revision(organisation.pk)
    theirs = Letter.objects.filter(organisation=organisation, pk__in=letters)
    theirs.exclude(pk__in=Message.objects.exclude(letter=None).values("letter")).delete()
    facts = {"user": user.pk if user else None, "campaigns": asked, "personal_parts": parts, "mails": len(files)}
    append_evidence(organisation=organisation, events=[Event("person.erased", facts)], now=now)
    transaction.on_commit(lambda: forget_files(public_ids=files, name=name))
    return Erased(len(asked), len(files), parts, managed, imports)


def _addresses(employee: Employee) -> set[str]:
    """The address of the roster, and those that mails went to."""
    sent = Message.objects.filter(invitation__employee=employee).exclude(sent_to="").order_by()
    return {email.lower() for email in (employee.email, *sent.values_list("sent_to", flat=True)) if email}


def _written_letters(employee: Employee) -> list[int]:
    """Letters that were written to this person alone: receipts, answers to a request for help."""
    written = Message.objects.filter(invitation__employee=employee, kind__in=WRITTEN).exclude(letter=None)
    return sorted(written.order_by().values_list("letter_id", flat=True).distinct())


def _known_as(employee: Employee) -> set[str]:
    return _addresses(employee) | ({employee.external_id.lower()} if employee.external_id else set())


@transaction.atomic
def export_person(
    *, organisation: Organisation, employee: Employee, user: User | None, now: datetime
) -> dict[str, Any]:
    """Everything held about one person, by table, for a request under Article 15 GDPR; that it was given is logged."""
    personal = EvidencePersonal.objects.filter(entry__organisation=organisation, subject=employee.pk)
    emails = _addresses(employee)
    letters = Letter.objects.filter(organisation=organisation, pk__in=_written_letters(employee)).order_by("pk")
    found = {
        "as_of": now,
        "organisation": organisation.name,
        "held": {label: [_fields(row) for row in rows] for label, rows in _held(employee).items()},
        "letters": [_fields(row) for row in letters],
        "suppressed": [_fields(row) for row in Suppression.objects.filter(organisation=organisation, email__in=emails)],
        "log": [
            {"entry": row.entry.seq, "at": row.entry.at, "kind": row.entry.kind, "personal": row.content}
            for row in personal.select_related("entry").order_by("entry__seq")
        ],
        "manager_of": Employee.objects.filter(organisation=organisation, manager_email__in=emails).count(),
        "listed_in": audiences_with(organisation=organisation, known_as=_known_as(employee)),
        "lines_of_imports": list(_lines(organisation, employee, emails)),
    }
    event = Event("person.exported", {"user": user.pk if user else None}, {"employee": employee.pk}, employee.pk)
    append_evidence(organisation=organisation, events=[event], now=now)
    return found


def _held(employee: Employee) -> dict[str, list[models.Model]]:
    """The row and all rows that go with it, by table."""
    found: dict[str, list[models.Model]] = {}
    waiting: list[list[models.Model]] = [[employee]]
    while waiting:
        rows = waiting.pop()
        found.setdefault(rows[0]._meta.label, []).extend(rows)
        for relation in rows[0]._meta.get_fields(include_hidden=True):
            if isinstance(relation, ForeignObjectRel) and relation.on_delete is models.CASCADE:
                related = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows})
                if more := list(related.order_by("pk")):
                    waiting.append(more)
    return found


def _fields(row: models.Model) -> dict[str, Any]:
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in SECRET}


def _lines(organisation: Organisation, employee: Employee, emails: set[str]) -> Iterator[dict[str, Any]]:
    """Lines of plans that are kept a while, where they are about this person or name their address."""
    chunks = PlanChunk.objects.filter(roster_import__organisation=organisation).order_by("roster_import", "position")
    for chunk in chunks.iterator(chunk_size=5):
        for line, cells in unpacked(chunk):
            people = [list(person) for person in (line.before, line.after) if person]
            words = {
                str(word).lower() for word in (line.email, *cells, *(cell for person in people for cell in person))
            }
            if line.employee_id == employee.pk or words & emails:
                yield {"import": chunk.roster_import_id, "kind": chunk.kind, "row": line.row, "name": line.name,
                       "email": line.email, "people": people, "cells": cells, "reason": line.reason}  # fmt: skip
