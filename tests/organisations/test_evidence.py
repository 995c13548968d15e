"""The evidence log: a chain that shows every tampering, and a table that refuses it."""

import dataclasses
import importlib
import json
import threading
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from organisations.models import EvidenceEntry, EvidencePersonal, Organisation
from organisations.queries import LogState, evidence_entries, evidence_state
from organisations.queries import evidence as queries
from organisations.rules import Entry, commitment, first_broken
from organisations.services import Event, append_evidence, append_unread


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

    def growing(organisation: Organisation, up_to: int | None = None, after: int = 0) -> Iterator[Entry]:
        append_evidence(organisation=organisation, events=[Event("meanwhile")], now=now)
        return original(organisation, up_to, after)

    monkeypatch.setattr(queries, "evidence_entries", growing)
    assert evidence_state(log).broken_at is None


@pytest.mark.parametrize("count", [1, 2, 999, 10_000])
def test_any_number_of_events_is_one_piece_of_chain(organisation: Organisation, now: datetime, count: int) -> None:
    events = [
        Event(
            "thing.done", {"number": number, "nested": {"b": [None, True, "ü"], "a": -1}}, {"employee": number}, number
        )
        if number % 2
        else Event("thing.left", {"number": number})
        for number in range(count)
    ]
    entries = append_evidence(organisation=organisation, events=iter(events), now=now)
    assert entries == list(evidence_entries(organisation))[1:]
    assert evidence_state(organisation) == LogState(count + 1, entries[-1].hash, None)
    kept = EvidencePersonal.objects.select_related("entry").order_by("entry__seq")
    assert [(row.entry.seq - 2, row.subject, row.content) for row in kept] == [
        (number, number, {"employee": number}) for number in range(count) if number % 2
    ]
    for row in kept[:50]:
        assert commitment(bytes(row.salt), row.content) == row.entry.commitment


def test_three_statements_however_many_events(
    organisation: Organisation, now: datetime, django_assert_num_queries: Any
) -> None:
    """One locks and reads; PostgreSQL then writes with one, SQLite with three."""
    events = [Event("thing.done", personal={"employee": 7}) for _ in range(300)]
    with django_assert_num_queries(2 if connection.vendor == "postgresql" else 4):
        append_evidence(organisation=organisation, events=events, now=now)


@pytest.mark.parametrize("count", [1, 2, 40])
def test_who_reads_no_entries_back_writes_the_same_chain(organisation: Organisation, now: datetime, count: int) -> None:
    """On PostgreSQL the server makes the hashes: they are those of `chained`, whatever the facts hold."""
    events = [
        Event("thing.done", {"n": number, "text": 'ü"\\\n\u2028 %s {}', "null": None}, {"employee": number}, number)
        if number % 2
        else Event("thing.left", {"n": number})
        for number in range(count)
    ]
    for _ in range(3):
        append_unread(organisation=organisation, events=events, now=now)
    assert evidence_state(organisation).entries == 3 * count + 1
    assert evidence_state(organisation).broken_at is None
    kept = EvidencePersonal.objects.select_related("entry").order_by("entry__seq")
    assert [((row.entry.seq - 2) % count, row.subject) for row in kept] == [
        (number, number) for _ in range(3) for number in range(count) if number % 2
    ]
    assert all(commitment(bytes(row.salt), row.content) == row.entry.commitment for row in kept)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's way makes the head")
def test_an_entry_that_finds_no_head_is_refused_loudly(now: datetime, db: None) -> None:
    made = Organisation.objects.create(slug="raw", name="Raw")
    with pytest.raises(DatabaseError), transaction.atomic():
        append_unread(organisation=made, events=[Event("thing.done")], now=now)


def test_nothing_to_append_takes_no_lock(
    organisation: Organisation, now: datetime, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert append_evidence(organisation=organisation, events=[], now=now) == []


def test_the_log_is_part_of_its_callers_transaction(organisation: Organisation, now: datetime) -> None:
    def fails_later() -> None:
        with transaction.atomic():
            append_evidence(organisation=organisation, events=[Event("never.happened")], now=now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_later()
    assert evidence_state(organisation).entries == 1


def test_an_organisation_made_elsewhere_gets_its_head_when_it_first_needs_one(now: datetime, db: None) -> None:
    made = Organisation.objects.create(slug="raw", name="Raw")
    append_evidence(organisation=made, events=[Event("thing.done")], now=now)
    assert evidence_state(made).entries == 1


@pytest.mark.parametrize("facts", [{"share": 0.5}, {"share": float("nan")}, {"when": date(2026, 1, 1)}])
def test_what_a_database_may_write_differently_is_refused(
    organisation: Organisation, now: datetime, facts: dict[str, Any]
) -> None:
    with pytest.raises((ValueError, TypeError)):
        append_evidence(organisation=organisation, events=[Event("thing.done", facts)], now=now)


def test_keys_that_are_numbers_read_back_as_they_were_hashed(organisation: Organisation, now: datetime) -> None:
    append_evidence(organisation=organisation, events=[Event("thing.done", {"by": {10: 1, 9: 2}})], now=now)
    assert evidence_state(organisation).broken_at is None


def test_an_event_that_names_an_employee_is_theirs(organisation: Organisation, now: datetime) -> None:
    append_evidence(organisation=organisation, events=[Event("thing.done", personal={"employee": 7})], now=now)
    assert EvidencePersonal.objects.get().subject == 7


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain(organisation: Organisation, now: datetime) -> None:
    def write() -> None:
        for _ in range(10):
            append_evidence(organisation=organisation, events=[Event("thing.done")] * 3, now=now)
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert evidence_state(organisation) == dataclasses.replace(
        evidence_state(organisation), entries=121, broken_at=None
    )


def test_rows_from_before_get_their_person(organisation: Organisation, now: datetime) -> None:
    append_evidence(organisation=organisation, events=[Event("a", personal={"employee": 7})] * 3, now=now)
    append_evidence(organisation=organisation, events=[Event("b", personal={"written": "Köln"})], now=now)
    EvidencePersonal.objects.update(subject=None)
    step = importlib.import_module("organisations.migrations.0004_evidence_by_person")
    step.whom_it_is_about(apps, None)
    assert sorted(EvidencePersonal.objects.values_list("subject", flat=True), key=str) == [7, 7, 7, None]
