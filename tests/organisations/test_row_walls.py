"""The second wall: PostgreSQL itself shows an organisation's connection no row of another, whatever the SQL is."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from compliance.attestations.models import Attestation
from compliance.campaigns.models import Campaign, Invitation
from config.postgres.policies import build_walls, walled
from employees.models import Employee
from organisations.here import EVERYBODY, NOBODY, within
from organisations.models import EvidenceEntry, EvidencePersonal, Organisation
from organisations.prepared import lean_cursor
from organisations.rules import Role
from organisations.services import Event, append_evidence
from tests.conftest import give

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row-level security"),
]


def _rows(sql: str, *params: Any) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _count(model: type[object]) -> int:
    return int(str(_rows(f'SELECT COUNT(*) FROM "{model._meta.db_table}"')[0][0]))  # type: ignore[attr-defined]


def test_we_are_an_ordinary_role() -> None:
    found = _rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    assert found == [(False, False)]


def test_every_table_of_an_organisation_is_forced_behind_a_policy() -> None:
    forced = _rows("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    policies = _rows("SELECT tablename FROM pg_policies WHERE policyname = 'organisation'")
    tables = {model._meta.db_table for model in walled()}
    assert {"employees_employee", "campaigns_campaign_policies", "organisations_organisation"} <= tables
    assert {name for (name,) in forced} == tables == {name for (name,) in policies}


def test_building_them_again_changes_nothing() -> None:
    before = _rows("SELECT oid, polrelid FROM pg_policy ORDER BY oid")
    build_walls()
    assert _rows("SELECT oid, polrelid FROM pg_policy ORDER BY oid") == before


def test_raw_sql_sees_no_row_of_another_organisation(
    organisation: Organisation, other_organisation: Organisation, invite: Callable[..., Invitation]
) -> None:
    give(invite(), "left_on")
    Employee.objects.create(organisation=other_organisation, name="Eve", email="e@x.example", country="GB")
    everything = {model: _count(model) for model in walled()}
    assert everything[Attestation] == 1
    with within(other_organisation.pk):
        assert _rows("SELECT name FROM employees_employee") == [("Eve",)]
        assert _rows("SELECT slug FROM organisations_organisation") == [("other",)]
        seen = {model: _count(model) for model in walled()}
        with lean_cursor() as cursor:
            cursor.execute("SELECT name FROM employees_employee")
            assert cursor.fetchall() == [("Eve",)]
    with within(organisation.pk):
        mine = {model: _count(model) for model in walled()}
    for model, number in everything.items():
        assert seen[model] + mine[model] == number, model
        assert mine[model] == number or model._meta.app_label in {"organisations", "employees"}, model
    with within(NOBODY):
        assert not any(_count(model) for model in walled())


def test_nothing_is_written_into_another_organisation(
    organisation: Organisation, other_organisation: Organisation, invite: Callable[..., Invitation]
) -> None:
    made = invite()
    into = (
        "INSERT INTO campaigns_regionclaim (invitation_id, country, created_at) VALUES (%s, 'GB', now())",
        "INSERT INTO organisations_evidenceoutside (organisation_id, email, added_at) VALUES (%s, 'x', now())",
    )
    with within(other_organisation.pk):
        assert _changed("UPDATE employees_employee SET name = 'Eve'") == 0
        assert _changed("DELETE FROM campaigns_message") == 0
        for sql, key in zip(into, (made.pk, organisation.pk), strict=True):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                _changed(sql, key)
    with within(organisation.pk), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        _changed("UPDATE employees_employee SET organisation_id = %s", other_organisation.pk)
    assert Employee.objects.get().name == "Ada"


def _changed(sql: str, *params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


@pytest.mark.parametrize("undone", [False, True])
def test_a_kept_connection_carries_nothing_over(
    organisation: Organisation, other_organisation: Organisation, undone: bool
) -> None:
    """Also where what was told was undone with its transaction."""
    seen = []
    for here in (organisation.pk, other_organisation.pk, NOBODY, organisation.pk, EVERYBODY):
        with within(here), transaction.atomic():
            seen.append(_count(Organisation))
            transaction.set_rollback(undone)
    assert seen == [1, 1, 0, 1, 2]
    with pytest.raises(ValueError, match="undone"), transaction.atomic(), within(organisation.pk):  # noqa: PT012
        _count(Organisation)
        raise ValueError("undone")
    assert _count(Organisation) == 2


def test_a_failed_statement_can_be_undone_outside_its_walls(organisation: Organisation) -> None:
    with pytest.raises(DatabaseError, match="nowhere"), transaction.atomic(), within(organisation.pk):  # noqa: PT012
        _count(Organisation)
        _rows("SELECT 1 FROM nowhere")
    assert _count(Organisation) == 1


def test_requests_one_after_the_other_see_their_own(
    organisation: Organisation,
    other_organisation: Organisation,
    signed_in: Callable[..., Client],
    campaign: Campaign,
) -> None:
    """On one connection: my page, theirs, a link's, mine again."""
    mine, theirs = signed_in(Role.OWNER), signed_in(Role.OWNER, other_organisation)
    assert "LinkedIn, winter" in mine.get(reverse("campaigns", args=["acme"])).content.decode()
    assert "LinkedIn, winter" not in theirs.get(reverse("campaigns", args=["other"])).content.decode()
    assert Client().get(reverse("link-enter", args=["x"])).status_code == 404
    assert "LinkedIn, winter" in mine.get(reverse("campaigns", args=["acme"])).content.decode()
    assert _count(Campaign) == 1


def test_the_log_takes_an_entry_with_its_personal_half_and_nobody_elses_half(
    organisation: Organisation, other_organisation: Organisation, now: datetime
) -> None:
    """Both are written in one statement, so the half's wall is asked once that is done."""
    event = Event("note.written", {"user": 1}, {"employee": 7}, 7)
    with within(other_organisation.pk):
        append_evidence(organisation=other_organisation, events=[event], now=now)
        append_evidence(organisation=other_organisation, events=[event] * 40, now=now)  # the other way of writing
        theirs = EvidenceEntry.objects.filter(organisation=other_organisation, kind="note.written")
        assert EvidencePersonal.objects.filter(entry__in=theirs).count() == 41
        bare = EvidenceEntry.objects.filter(organisation=other_organisation, commitment="").latest("seq").pk
    insert = "INSERT INTO organisations_evidencepersonal (id, salt, content, entry_id) VALUES (%s, %s, %s, %s)"
    values = (uuid.uuid4(), b"salt", "{}", bare)
    for here in (organisation.pk, NOBODY):
        with within(here), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            _rows(f"{insert} RETURNING 1", *values)
    with within(other_organisation.pk):
        assert _rows(f"{insert} RETURNING 1", *values) == [(1,)]
