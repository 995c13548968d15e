"""The evidence log: a chain that shows every tampering, and a table that refuses it."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from organisations import queries
from organisations.models import EvidenceEntry, EvidencePersonal, Organisation
from organisations.queries import evidence_entries, evidence_state
from organisations.rules import Entry, commitment, first_broken
from organisations.services import Event, append_evidence


@pytest.fixture
def log(organisation: Organisation, now: datetime) -> Organisation:
    events = [Event("thing.done", {"number": number}, personal={"who": "Ada"}) for number in range(5)]
    append_evidence(organisation=organisation, events=events, now=now)
    return organisation


def test_the_chain_holds(log: Organisation) -> None:
    entries = list(evidence_entries(log))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5, 6]  # the first one is the organisation's own
    assert evidence_state(log).broken_at is None


def test_each_organisation_has_its_own_chain(log: Organisation, other_organisation: Organisation) -> None:
    assert [entry.seq for entry in evidence_entries(other_organisation)] == [1]


@pytest.mark.parametrize("seq", [1, 3, 6])
def test_a_changed_entry_is_named(log: Organisation, seq: int) -> None:
    entries = [
        dataclasses.replace(e, facts=dict(e.facts) | {"x": 1}) if e.seq == seq else e for e in evidence_entries(log)
    ]
    assert first_broken(entries) == seq


def test_removed_reordered_and_invented_entries_are_named(log: Organisation) -> None:
    entries = list(evidence_entries(log))
    assert first_broken(entries[:2] + entries[3:]) == 3
    assert first_broken([entries[0], entries[2], entries[1], *entries[3:]]) == 2
    assert first_broken([*entries[:4], dataclasses.replace(entries[4], hash="0" * 64), *entries[5:]]) == 5


@pytest.mark.parametrize("statement", ["UPDATE {} SET kind = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_log(log: Organisation, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(EvidenceEntry._meta.db_table))
    assert evidence_state(log).broken_at is None


def test_personal_values_are_bound_but_not_in_the_log(log: Organisation) -> None:
    entry = EvidenceEntry.objects.get(seq=2)
    assert "Ada" not in json.dumps([entry.facts, entry.commitment])
    kept = EvidencePersonal.objects.get(entry=entry)
    assert commitment(bytes(kept.salt), kept.content) == entry.commitment
    assert commitment(bytes(kept.salt), {"who": "Bob"}) != entry.commitment


def test_erasing_the_personal_half_leaves_a_chain_that_verifies(log: Organisation) -> None:
    EvidencePersonal.objects.all().delete()
    assert evidence_state(log).broken_at is None


def test_entries_written_while_the_log_is_read_are_no_damage(
    log: Organisation, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = queries.evidence_entries

    def growing(organisation: Organisation, up_to: int | None = None) -> Iterator[Entry]:
        append_evidence(organisation=organisation, events=[Event("meanwhile")], now=now)
        return original(organisation, up_to)

    monkeypatch.setattr(queries, "evidence_entries", growing)
    assert evidence_state(log).broken_at is None
