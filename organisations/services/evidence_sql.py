"""The statements by which the evidence log is written. Every table and column is named by its model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db import connection, models

from organisations.models import EvidenceEntry, EvidenceHead, EvidencePersonal

ENTRY = ("organisation", "seq", "at", "kind", "facts", "commitment", "prev_hash", "hash")
PERSONAL = ("id", "salt", "content", "subject")
GIVEN = ("at", "kind", "facts", "commitment")  # of an entry, by who appends it; the rest is found


@dataclass(frozen=True)
class Sql:
    """Of `write` PostgreSQL makes one what `entries`, `personal` and `head` are to SQLite; `chain` also finds numbers
    and hashes by itself."""

    lock: str
    begin: str
    entries: str
    personal: str
    head: str
    write: str
    chain: str


@cache
def sql_of(vendor: str) -> Sql:
    """Every table and column is named by its model."""
    e, p, h = _names(EvidenceEntry), _names(EvidencePersonal), _names(EvidenceHead)
    entries, personal, heads = (
        _quoted(model._meta.db_table) for model in (EvidenceEntry, EvidencePersonal, EvidenceHead)
    )
    own, half = ", ".join(e[name] for name in ENTRY), ", ".join(p[name] for name in PERSONAL)
    marks = ", ".join(["%s"] * len(ENTRY))
    head = f"UPDATE {heads} SET {h['seq']} = %s, {h['hash']} = %s WHERE {h['organisation']} = %s"
    arrays = ", ".join(f"%s::{kind}[]" for kind in types_of(EvidenceEntry, ENTRY))
    bound = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *types_of(EvidencePersonal, PERSONAL)))
    return Sql(
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
        chain=_chain(e, p, h, (entries, personal, heads)),
    )


def _chain(e: dict[str, str], p: dict[str, str], h: dict[str, str], tables: tuple[str, str, str]) -> str:
    """What `rules.evidence.chained` does, by the server: SHA-256 of 0x00, the hash before, the stem, number and "}".

    Its parameters: `GIVEN` and the stems as arrays; the organisation, three times; the personal halves as arrays, led
    by the place of their entry among the given ones, from 1; the organisation; how many are given. Where the log has
    no head yet, the first number is NULL, which the table refuses."""
    entries, personal, heads = tables
    given = ", ".join(e[name] for name in GIVEN)
    arrays = ", ".join(f"%s::{kind}[]" for kind in (*types_of(EvidenceEntry, GIVEN), "bytea"))
    half = ", ".join(p[name] for name in PERSONAL)
    bound = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *types_of(EvidencePersonal, PERSONAL)))
    last = f"FROM {heads} WHERE {h['organisation']} = %s"
    hashed = "'\\x00'::bytea || decode(chain.hash, 'hex') || stem || convert_to((chain.seq + 1)::text || '}', 'UTF8')"
    return (
        f"WITH RECURSIVE given ({given}, stem, place) AS (SELECT * FROM unnest({arrays}) WITH ORDINALITY), "
        f"chain (place, seq, before, hash) AS (SELECT 0::bigint, (SELECT {h['seq']} {last}), ''::text, "
        f"(SELECT {h['hash']}::text {last}) UNION ALL SELECT given.place, chain.seq + 1, chain.hash, "
        f"encode(sha256({hashed}), 'hex') FROM chain JOIN given ON given.place = chain.place + 1), "
        f"made AS (INSERT INTO {entries} ({e['organisation']}, {e['seq']}, {given}, {e['prev_hash']}, {e['hash']}) "
        f"SELECT %s, chain.seq, {given}, before, chain.hash FROM chain JOIN given USING (place) "
        f"RETURNING {e['id']} AS entry_number, {e['seq']} AS seq), "
        f"bound AS (INSERT INTO {personal} ({half}, {p['entry']}) SELECT {half}, entry_number "
        f"FROM unnest({bound}) AS halves (place, {half}) JOIN chain USING (place) JOIN made USING (seq)) "
        f"UPDATE {heads} SET {h['seq']} = chain.seq, {h['hash']} = chain.hash FROM chain "
        f"WHERE {h['organisation']} = %s AND chain.place = %s"
    )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _names(model: type[models.Model]) -> dict[str, str]:
    """Quoted column by field."""
    return {field.name: _quoted(str(field.column)) for field in model._meta.concrete_fields}


def types_of(model: type[models.Model], fields: Sequence[str]) -> list[str]:
    """PostgreSQL's types. A cast to varchar(n) would cut what is too long; as text, the column refuses it."""
    kinds = (str(model._meta.get_field(name).db_type(connection)) for name in fields)
    return ["text" if kind.startswith("varchar") else kind for kind in kinds]
