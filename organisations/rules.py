"""Roles and what they may do; the arithmetic of the evidence log. Pure."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    AUDITOR = "auditor"
    HELPER = "helper"


class Act(StrEnum):
    """What a page or button does; every view declares one."""

    SEE_FIGURES = "see_figures"
    SEE_PEOPLE = "see_people"
    CHANGE_ROSTER = "change_roster"
    RUN_CAMPAIGN = "run_campaign"
    READ_OUTBOX = "read_outbox"
    EXPORT_LINKS = "export_links"
    SET_APPROVAL = "set_approval"
    MAKE_REPORT = "make_report"
    ANSWER_HELP = "answer_help"
    OVERRIDE_COLLECTION = "override_collection"


_STAFF = frozenset({Role.OWNER, Role.ADMIN})
_MAY: dict[Act, frozenset[Role]] = {
    Act.SEE_FIGURES: frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}),
    Act.SEE_PEOPLE: _STAFF,
    Act.CHANGE_ROSTER: _STAFF,
    Act.RUN_CAMPAIGN: _STAFF,
    Act.READ_OUTBOX: _STAFF,
    Act.EXPORT_LINKS: frozenset({Role.OWNER}),
    Act.SET_APPROVAL: frozenset({Role.OWNER}),
    Act.OVERRIDE_COLLECTION: _STAFF,
    Act.MAKE_REPORT: frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}),
    Act.ANSWER_HELP: frozenset({Role.OWNER, Role.ADMIN, Role.HELPER}),
}


def may(role: Role, act: Act) -> bool:
    return role in _MAY[act]


# --- Evidence --------------------------------------------------------------------------------------------------

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


def canonical(value: Mapping[str, Any]) -> bytes:
    """One byte string per value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entry_hash(*, seq: int, at: str, kind: str, facts: Mapping[str, Any], commitment: str, prev_hash: str) -> str:
    """SHA-256 over 0x00, the previous hash and the canonical entry; hexadecimal."""
    body = {"seq": seq, "at": at, "kind": kind, "facts": facts, "commitment": commitment}
    return hashlib.sha256(b"\x00" + bytes.fromhex(prev_hash) + canonical(body)).hexdigest()


def commitment(salt: bytes, personal: Mapping[str, Any]) -> str:
    """Binds the log to personal values without holding them: once the salt is gone nobody can guess them back."""
    return hmac.new(salt, canonical(personal), hashlib.sha256).hexdigest()


def first_broken(entries: Iterable[Entry]) -> int | None:
    """The `seq` of the first entry that does not continue the chain, or None. Entries come in order of `seq`."""
    prev, expected = GENESIS, 1
    for entry in entries:
        computed = entry_hash(
            seq=entry.seq,
            at=entry.at,
            kind=entry.kind,
            facts=entry.facts,
            commitment=entry.commitment,
            prev_hash=prev,
        )
        if entry.seq != expected or entry.prev_hash != prev or entry.hash != computed:
            return expected
        prev, expected = entry.hash, expected + 1
    return None
