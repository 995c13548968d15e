"""Helpers around the evidence log: entries of many kinds, and what somebody with the database's password can do."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from organisations.models import EvidenceCheckpoint, EvidenceEntry, EvidenceHead, Organisation
from organisations.rules import GENESIS, Entry
from organisations.rules.evidence import entry_hash
from organisations.services import Event, append_evidence, take_checkpoint

VERIFIER = Path(settings.BASE_DIR) / "organisations" / "offline" / "verify_evidence.py"


def grow(organisation: Organisation, now: datetime, count: int, kind: str = "thing.done") -> list[Entry]:
    """Adds entries with facts that a database could spoil, every third with a personal half."""
    events = [
        Event(
            kind if number % 5 else "report.made",
            {"number": number, "text": 'ü"\\\n', "list": [number, None, {"b": 1, "a": [True]}]},
            {"employee": number} if number % 3 == 0 else None,
        )
        for number in range(count)
    ]
    return append_evidence(organisation=organisation, events=events, now=now)


def checkpointed(organisation: Organisation, now: datetime) -> EvidenceCheckpoint:
    made = take_checkpoint(organisation=organisation, now=now)
    assert made
    return made


@contextmanager
def without_triggers() -> Iterator[None]:
    """As the owner of the database can have it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            tables = [EvidenceEntry._meta.db_table, EvidenceCheckpoint._meta.db_table]
            # Nothing may be pending on a table that is altered.
            aside = [
                "SET CONSTRAINTS ALL IMMEDIATE",
                *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables),
            ]
            back = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            aside, back = [f"DROP TRIGGER {name}" for name, _ in triggers], [sql for _, sql in triggers]
        for statement in aside:
            cursor.execute(statement)
        yield
        for statement in back:
            cursor.execute(statement)


def rebuild(organisation: Organisation, changes: dict[int, dict[str, Any]]) -> None:
    """An insider writes the whole chain anew over changed entries, and the head with it."""
    prev = GENESIS
    with without_triggers():
        for row in EvidenceEntry.objects.filter(organisation=organisation).order_by("seq"):
            for name, value in changes.get(row.seq, {}).items():
                setattr(row, name, value)
            row.prev_hash = prev
            row.hash = prev = entry_hash(
                seq=row.seq,
                at=row.at,
                kind=row.kind,
                facts=row.facts,
                commitment=row.commitment,
                prev_hash=row.prev_hash,
            )
            row.save()
        EvidenceHead.objects.filter(organisation=organisation).update(hash=prev)


def verify_offline(*arguments: object) -> tuple[int, str]:
    """The verifier as an auditor runs it: another process, isolated from what is installed here."""
    command = [sys.executable, "-I", str(VERIFIER), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def kept(tmp_path: Path, taken: Sequence[EvidenceCheckpoint]) -> list[Path]:
    """Checkpoints as somebody outside keeps them."""
    paths = [tmp_path / item.download_name for item in taken]
    for path, item in zip(paths, taken, strict=True):
        path.write_bytes(item.signed.file)
    return paths
