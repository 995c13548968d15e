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
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from organisations.models import EvidenceEntry, EvidenceHead, EvidencePersonal, Organisation
from organisations.prepared import lean_cursor
from organisations.rules.evidence import GENESIS, Draft, Entry, canonical, chained, commitment, draft


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

_ENTRY = ("organisation", "seq", "at", "kind", "facts", "commitment", "prev_hash", "hash")
_PERSONAL = ("id", "salt", "content", "subject")


def append_evidence(*, organisation: Organisation, events: Iterable[Event], now: datetime) -> list[Entry]:
    """Adds events to the organisation's chain in the caller's transaction and returns the entries."""
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    prepared = [_prepared(event, at) for event in events]
    if not prepared:
        return []
    with transaction.atomic(savepoint=False):  # the caller's own, where there is one
        return _append(organisation.pk, prepared)


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
    sql = _sql(connection.vendor)
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
    columns = [*_columns(rows, len(_ENTRY)), *_columns(halves, len(_PERSONAL) + 1)]
    with lean_cursor() as cursor:
        cursor.execute(_sql(connection.vendor).write, [*columns, rows[-1][1], rows[-1][-1], organisation_id])


def _write_in_turn(organisation_id: int, rows: Sequence[Sequence[Any]], halves: Sequence[Sequence[Any]]) -> None:
    """SQLite: a prepared statement for all entries, one for all personal halves, one for the head."""
    sql = _sql(connection.vendor)
    bound = [(key.hex, *half, organisation_id, seq) for seq, key, *half in halves]
    with connection.cursor() as cursor:
        cursor.executemany(sql.entries, list(rows))
        if bound:
            cursor.executemany(sql.personal, bound)
        cursor.execute(sql.head, [rows[-1][1], rows[-1][-1], organisation_id])


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


@dataclass(frozen=True)
class _Sql:
    """The statements. Of `write` PostgreSQL makes one what `entries`, `personal` and `head` are to SQLite."""

    lock: str
    begin: str
    entries: str
    personal: str
    head: str
    write: str


@cache
def _sql(vendor: str) -> _Sql:
    """Every table and column is named by its model."""
    e, p, h = _names(EvidenceEntry), _names(EvidencePersonal), _names(EvidenceHead)
    entries, personal, heads = (
        _quoted(model._meta.db_table) for model in (EvidenceEntry, EvidencePersonal, EvidenceHead)
    )
    own, half = ", ".join(e[name] for name in _ENTRY), ", ".join(p[name] for name in _PERSONAL)
    marks = ", ".join(["%s"] * len(_ENTRY))
    head = f"UPDATE {heads} SET {h['seq']} = %s, {h['hash']} = %s WHERE {h['organisation']} = %s"
    arrays = ", ".join(f"%s::{kind}[]" for kind in _types(EvidenceEntry, _ENTRY))
    bound = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *_types(EvidencePersonal, _PERSONAL)))
    return _Sql(
        lock=f"SELECT {h['seq']}, {h['hash']} FROM {heads} WHERE {h['organisation']} = %s"
        + (" FOR UPDATE" if vendor == "postgresql" else ""),
        begin=f"INSERT INTO {heads} ({h['organisation']}, {h['seq']}, {h['hash']}) VALUES (%s, 0, %s) "
        "ON CONFLICT DO NOTHING",
        entries=f"INSERT INTO {entries} ({own}) VALUES ({marks})",
        personal=f"INSERT INTO {personal} ({half}, {p['entry']}) SELECT %s, %s, %s, %s, {e['id']} FROM {entries} "
        f"WHERE {e['organisation']} = %s AND {e['seq']} = %s",
        head=head,
        write=f"WITH made AS (INSERT INTO {entries} ({own}) SELECT * FROM unnest({arrays}) "
        f"RETURNING {e['id']} AS entry_number, {e['seq']} AS number), "
        f"bound AS (INSERT INTO {personal} ({half}, {p['entry']}) SELECT {half}, entry_number "
        f"FROM unnest({bound}) AS given (number, {half}) JOIN made USING (number)) {head}",
    )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _names(model: type[models.Model]) -> dict[str, str]:
    """Quoted column by field."""
    return {field.name: _quoted(str(field.column)) for field in model._meta.concrete_fields}


def _types(model: type[models.Model], fields: Sequence[str]) -> list[str]:
    """PostgreSQL's types. A cast to varchar(n) would cut what is too long; as text, the column refuses it."""
    kinds = (str(model._meta.get_field(name).db_type(connection)) for name in fields)
    return ["text" if kind.startswith("varchar") else kind for kind in kinds]
