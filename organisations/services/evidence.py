"""Appending to the evidence log. Every call is part of its caller's transaction.

Writers of one organisation stand in line from the moment the head is locked until that transaction ends, so all that
can be made before is: salts, canonical JSON, commitments. Between lock and last write lie one hash per entry and,
on PostgreSQL, one statement.
"""

import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from organisations.models import Organisation
from organisations.prepared import lean_cursor
from organisations.rules.evidence import GENESIS, Draft, Entry, canonical, chained, commitment, draft
from organisations.services.evidence_sql import ENTRY, GIVEN, PERSONAL, sql_of


@dataclass(frozen=True)
class Event:
    """What happened. `facts` stay for ever and hold no personal data; `personal` is committed to and erasable.

    `subject` is the id of the employee whom `personal` is about; left out, it is the one that `personal` names itself.
    """

    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] | None = None
    subject: int | None = None


# The salt, the content as canonical JSON, and whom it is about.
Personal = tuple[bytes, str, int | None]


def append_evidence(*, organisation: Organisation, events: Iterable[Event], now: datetime) -> list[Entry]:
    """Adds events to the organisation's chain in the caller's transaction and returns the entries."""
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    prepared = [_prepared(event, at) for event in events]
    if not prepared:
        return []
    with transaction.atomic(savepoint=False):  # the caller's own, where there is one
        return _append(organisation.pk, prepared)


def append_unread(*, organisation: Organisation, events: Sequence[Event], now: datetime) -> None:
    """Adds a few events as the last thing before a commit, for whoever needs no entries back.

    On PostgreSQL the server itself finds numbers and hashes, so that within `one_journey` nobody waits for this process
    while the head is locked."""
    if connection.vendor != "postgresql":
        append_evidence(organisation=organisation, events=events, now=now)
        return
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    prepared = [_prepared(event, at) for event in events]
    given = [(item.at, item.kind, item.facts_json, item.commitment, item.stem) for item, _ in prepared]
    halves = [(place, uuid.uuid4(), *half) for place, (_, half) in enumerate(prepared, start=1) if half]
    columns, bound = _columns(given, len(GIVEN) + 1), _columns(halves, len(PERSONAL) + 1)
    sql, pk = sql_of(connection.vendor), organisation.pk
    lean_cursor().execute(sql.lock, [pk])
    lean_cursor().execute(sql.chain, [*columns, pk, pk, pk, *bound, pk, len(given)])


def _append(organisation_id: int, prepared: Sequence[tuple[Draft, Personal | None]]) -> list[Entry]:
    seq, head = _locked_head(organisation_id)
    entries = chained([item for item, _ in prepared], seq=seq, prev_hash=head)
    rows = [
        (organisation_id, e.seq, e.at, e.kind, item.facts_json, e.commitment, e.prev_hash, e.hash)
        for e, (item, _) in zip(entries, prepared, strict=True)
    ]
    halves = [(e.seq, uuid.uuid4(), *half) for e, (_, half) in zip(entries, prepared, strict=True) if half]
    write = _write_at_once if connection.vendor == "postgresql" else _write_in_turn
    write(organisation_id, rows, halves)
    return entries


def _prepared(event: Event, at: str) -> tuple[Draft, Personal | None]:
    if event.personal is None:
        return draft(at=at, kind=event.kind, facts=event.facts, commitment=""), None
    salt, content = secrets.token_bytes(32), canonical(event.personal).decode()
    bound = commitment(salt, event.personal)
    subject = event.subject if event.subject is not None else event.personal.get("employee")
    return draft(at=at, kind=event.kind, facts=event.facts, commitment=bound), (salt, content, subject)


def _locked_head(organisation_id: int) -> tuple[int, str]:
    """Number and hash of the last entry. On SQLite the transaction, IMMEDIATE as it is, is the lock."""
    sql = sql_of(connection.vendor)
    with lean_cursor() as cursor:
        cursor.execute(sql.lock, [organisation_id])
        found = cursor.fetchone()
        if found is None:  # the organisation was made past `create_organisation`
            cursor.execute(sql.begin, [organisation_id, GENESIS])
            cursor.execute(sql.lock, [organisation_id])
            found = cursor.fetchone()
    return int(found[0]), str(found[1])


def _write_at_once(organisation_id: int, rows: Sequence[Sequence[Any]], halves: Sequence[Sequence[Any]]) -> None:
    """PostgreSQL: entries, personal halves and the head in one statement and one journey."""
    columns = [*_columns(rows, len(ENTRY)), *_columns(halves, len(PERSONAL) + 1)]
    with lean_cursor() as cursor:
        cursor.execute(sql_of(connection.vendor).write, [*columns, rows[-1][1], rows[-1][-1], organisation_id])


def _write_in_turn(organisation_id: int, rows: Sequence[Sequence[Any]], halves: Sequence[Sequence[Any]]) -> None:
    """SQLite: a prepared statement for all entries, one for all personal halves, one for the head."""
    sql = sql_of(connection.vendor)
    bound = [(key.hex, *half, organisation_id, seq) for seq, key, *half in halves]
    with connection.cursor() as cursor:
        cursor.executemany(sql.entries, list(rows))
        if bound:
            cursor.executemany(sql.personal, bound)
        cursor.execute(sql.head, [rows[-1][1], rows[-1][-1], organisation_id])


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
