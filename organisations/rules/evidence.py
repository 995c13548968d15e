"""The arithmetic of the evidence log: canonical entries, their chain, commitments to personal values."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One line of the log as it is hashed. `at` is UTC in ISO 8601, `facts` hold no personal data."""

    seq: int
    at: str
    kind: str
    facts: Mapping[str, Any]
    commitment: str
    prev_hash: str
    hash: str


@dataclass(frozen=True)
class Draft:
    """An entry before it has its place in the chain. `stem` is its canonical JSON up to the number, the last key."""

    at: str
    kind: str
    facts: Mapping[str, Any]
    facts_json: str
    commitment: str
    stem: bytes


def canonical(value: Mapping[str, Any]) -> bytes:
    """One byte string per value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"the log takes no fractions, which databases may write differently: {text}")


def draft(*, at: str, kind: str, facts: Mapping[str, Any], commitment: str) -> Draft:
    """All of an entry that can be made before anybody knows its number.

    Facts become what a database gives back. Raises ValueError for what it may give back otherwise: fractions.
    """
    settled: dict[str, Any] = json.loads(canonical(facts), parse_float=_no_float, parse_constant=_no_float)
    text = canonical(settled).decode()
    quoted = [json.dumps(value, ensure_ascii=False) for value in (at, commitment, kind)]
    stem = '{{"at":{},"commitment":{},"facts":{},"kind":{},"seq":'.format(*quoted[:2], text, quoted[2])
    return Draft(at, kind, settled, text, commitment, stem.encode())


def chained(drafts: Iterable[Draft], *, seq: int, prev_hash: str) -> list[Entry]:
    """The drafts as the entries that follow number `seq`, whose hash is `prev_hash`."""
    entries = []
    for item in drafts:
        seq += 1
        found = hashlib.sha256(b"\x00" + bytes.fromhex(prev_hash) + item.stem + b"%d}" % seq).hexdigest()
        entries.append(Entry(seq, item.at, item.kind, item.facts, item.commitment, prev_hash, found))
        prev_hash = found
    return entries


def entry_hash(*, seq: int, at: str, kind: str, facts: Mapping[str, Any], commitment: str, prev_hash: str) -> str:
    """SHA-256 over 0x00, the previous hash and the canonical entry; hexadecimal."""
    body = {"seq": seq, "at": at, "kind": kind, "facts": facts, "commitment": commitment}
    return hashlib.sha256(b"\x00" + bytes.fromhex(prev_hash) + canonical(body)).hexdigest()


def commitment(salt: bytes, personal: Mapping[str, Any]) -> str:
    """Binds the log to personal values without holding them: once the salt is gone nobody can guess them back."""
    return hmac.new(salt, canonical(personal), hashlib.sha256).hexdigest()


def follows(entry: Entry, seq: int, prev_hash: str) -> bool:
    """Whether this is entry `seq`, unchanged, after the one whose hash is `prev_hash`."""
    computed = entry_hash(
        seq=entry.seq,
        at=entry.at,
        kind=entry.kind,
        facts=entry.facts,
        commitment=entry.commitment,
        prev_hash=prev_hash,
    )
    return (entry.seq, entry.prev_hash, entry.hash) == (seq, prev_hash, computed)


def first_broken(entries: Iterable[Entry], *, after: int = 0, prev_hash: str = GENESIS) -> int | None:
    """The `seq` of the first entry that does not continue the chain, or None. Entries come in order of `seq`; they
    follow number `after`, whose hash is `prev_hash`."""
    expected = after + 1
    for entry in entries:
        if not follows(entry, expected, prev_hash):
            return expected
        prev_hash, expected = entry.hash, expected + 1
    return None
