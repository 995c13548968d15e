"""Checkpoints: what they say, when they are taken, who signs, and what they find out."""

import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from organisations.models import EvidenceCheckpoint, EvidenceEntry, EvidenceHead, EvidenceKey, Organisation
from organisations.queries.evidence import evidence_head, full_audit, logs_without_checkpoint_since
from organisations.rules import GENESIS
from organisations.rules.checkpoints import Checkpoint, Signed
from organisations.rules.merkle import Tree, leaf
from organisations.services import take_checkpoint
from organisations.signing import is_signed, public_key, sign
from organisations.tasks import take_checkpoints
from tests.organisations.evidence import checkpointed, grow, kept, rebuild, without_triggers

SEED, OTHER = b"\x01" * 32, b"\x02" * 32


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.EVIDENCE_KEYS = {1: SEED}


def test_it_says_where_the_log_stands(organisation: Organisation, now: datetime) -> None:
    grow(organisation, now, 5)
    said = checkpointed(organisation, now).signed
    entries = list(EvidenceEntry.objects.order_by("seq"))
    tree = Tree()
    for entry in entries:
        tree.add(leaf(entry.hash))
    assert [entry.kind for entry in entries][-1] == "evidence.key_added"
    assert said.checkpoint == Checkpoint(
        "acme", 7, entries[-1].hash, tree.root().hex(), "2026-01-15T09:00:00+00:00", 1, public_key(SEED), GENESIS
    )
    assert is_signed(said.checkpoint.text, said.signature, public_key(SEED))
    assert len(said.file) < 1000
    assert said.file.decode().isascii()
    assert Signed.read(said.file) == said


def test_none_is_taken_when_nothing_was_added(organisation: Organisation, now: datetime) -> None:
    first = checkpointed(organisation, now)
    assert checkpointed(organisation, now + timedelta(days=1)) == first
    grow(organisation, now, 1)
    second = checkpointed(organisation, now)
    assert second.signed.checkpoint.previous == first.signed.checkpoint.sha256
    assert full_audit(organisation).problems == []


@pytest.mark.parametrize("steps", [[1, 1, 1, 1], [3, 5, 8], [64, 1, 63]])
def test_a_tree_that_is_grown_on_is_the_tree_of_all(
    organisation: Organisation, now: datetime, steps: list[int]
) -> None:
    for step in steps:
        grow(organisation, now, step)
        last = checkpointed(organisation, now)
    found = full_audit(organisation)
    assert (found.problems, found.root) == ([], last.signed.checkpoint.root)


def test_a_new_key_is_signed_by_the_old_one_too(organisation: Organisation, now: datetime, settings: Any) -> None:
    checkpointed(organisation, now)
    settings.EVIDENCE_KEYS = {1: SEED, 2: OTHER}
    said = checkpointed(organisation, now).signed
    assert (said.checkpoint.key, said.checkpoint.public_key) == (2, public_key(OTHER))
    assert is_signed(said.checkpoint.text, said.countersignature, public_key(SEED))
    settings.EVIDENCE_KEYS = {2: OTHER}  # the old one is thrown away; what it signed still verifies
    grow(organisation, now, 1)
    assert checkpointed(organisation, now).countersignature == ""
    found = full_audit(organisation)
    assert (found.problems, found.notes) == ([], [])
    assert list(EvidenceKey.objects.order_by("version").values_list("version", "seq")) == [(1, 2), (2, 3)]


def test_a_key_that_was_lost_is_said(organisation: Organisation, now: datetime, settings: Any) -> None:
    checkpointed(organisation, now)
    settings.EVIDENCE_KEYS = {1: OTHER}  # made anew after a loss: the same number, another key
    assert checkpointed(organisation, now).countersignature == ""
    found = full_audit(organisation)
    assert found.problems == []
    assert "did not sign it, too" in found.notes[0]


def test_nothing_is_signed_over_a_damaged_log(
    organisation: Organisation, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    grow(organisation, now, 5)
    with without_triggers():
        EvidenceEntry.objects.filter(seq=3).update(kind="x")
    assert take_checkpoint(organisation=organisation, now=now) is None
    assert "broken at entry 3" in caplog.text


def test_damaged_peaks_are_not_grown_on(
    organisation: Organisation, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    made = checkpointed(organisation, now)
    with without_triggers():
        EvidenceCheckpoint.objects.update(peaks=" ".join("0" * 64 for _ in made.peaks.split()))
    grow(organisation, now, 1)
    assert take_checkpoint(organisation=organisation, now=now) is None
    assert "what was kept of checkpoint" in caplog.text


def test_the_log_is_grown_from_its_checkpoint_and_not_from_what_somebody_made_of_it(
    organisation: Organisation, now: datetime
) -> None:
    """A rebuilt past is not signed over: the tree goes on from what was signed, and the chain does not fit it."""
    grow(organisation, now, 5)
    checkpointed(organisation, now)
    rebuild(organisation, {3: {"kind": "x"}})
    grow(organisation, now, 2)
    assert take_checkpoint(organisation=organisation, now=now) is None


def test_one_a_day_for_each_log_and_what_was_missed_is_made_up_for(
    organisation: Organisation, other_organisation: Organisation, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    def at(hours: int) -> int:
        monkeypatch.setattr("organisations.tasks.timezone.now", lambda: now + timedelta(hours=hours))
        take_checkpoints()
        return EvidenceCheckpoint.objects.count()

    assert at(0) == 2
    grow(organisation, now, 1)
    assert at(1) == 2  # once a day
    assert at(24) == 3  # only the log that has grown
    grow(organisation, now, 1)
    assert at(24 * 5) == 4  # four days without a worker
    assert not logs_without_checkpoint_since(now + timedelta(days=9)).exists()


STATEMENTS = ["UPDATE {} SET text = 'x'", "DELETE FROM {}"]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_change_a_checkpoint(organisation: Organisation, now: datetime, statement: str) -> None:
    checkpointed(organisation, now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(EvidenceCheckpoint._meta.db_table))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own statement")
@pytest.mark.parametrize(
    ("table", "column"), [(EvidenceEntry._meta.db_table, "kind"), (EvidenceCheckpoint._meta.db_table, "signature")]
)
@pytest.mark.parametrize("by", ["id", "seq"])
def test_sqlite_replaces_nothing(organisation: Organisation, now: datetime, table: str, column: str, by: str) -> None:
    """INSERT OR REPLACE deletes the row in its way without asking a DELETE trigger."""
    grow(organisation, now, 3)
    checkpointed(organisation, now)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM pragma_table_info('{table}')")
        names = [name for (name,) in cursor.fetchall()]
        values = {"id": "NULL", column: "'x'"} if by == "seq" else {"seq": "seq + 1000", column: "'x'"}
        chosen = ", ".join(values.get(name, name) for name in names)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"INSERT OR REPLACE INTO {table} SELECT {chosen} FROM {table} LIMIT 1")
    assert full_audit(organisation).problems == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("model", [EvidenceEntry, EvidenceCheckpoint, Organisation])
def test_postgresql_truncates_nothing(organisation: Organisation, now: datetime, model: Any) -> None:
    checkpointed(organisation, now)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")


def verified(*arguments: object) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("verify", *map(str, arguments), stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def test_the_command_says_that_all_is_well(organisation: Organisation, now: datetime, tmp_path: Path) -> None:
    grow(organisation, now, 4)
    first = checkpointed(organisation, now)
    grow(organisation, now, 4)
    paths = kept(tmp_path, [first, checkpointed(organisation, now)])
    status, said = verified("--checkpoint", paths[0], "--checkpoint", paths[1])
    assert (status, said.count(" fits.")) == (0, 2)
    assert "acme: whole, 10 entries, 2 checkpoints" in said


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (lambda log: EvidenceEntry.objects.filter(seq=5).update(facts={"x": 1}), "Entry 5 does not continue"),
        (lambda log: EvidenceEntry.objects.filter(seq=5).update(hash="no hash at all"), "Entry 5 does not continue"),
        (lambda log: EvidenceEntry.objects.filter(seq=9).update(seq=100), "Entry 9 does not continue"),
        (lambda log: EvidenceHead.objects.update(seq=99), "The log ends with entry 10; 11 to 99 are gone"),
        (lambda log: EvidenceHead.objects.update(hash="0" * 64), "The last entry, 10, is not the one"),
        (lambda log: EvidenceCheckpoint.objects.update(signature="00" * 64), "is not signed by the key"),
        (lambda log: Organisation.objects.filter(pk=log.pk).update(slug="new"), "another organisation"),
    ],
)
def test_the_command_names_what_is_wrong(
    organisation: Organisation, now: datetime, harm: Callable[[Organisation], Any], named: str
) -> None:
    grow(organisation, now, 8)
    checkpointed(organisation, now)
    with without_triggers():
        harm(organisation)
    status, said = verified()
    assert status == 1
    assert named in said


def test_a_truncated_tail_is_found_by_the_checkpoints_when_the_head_lies_too(
    organisation: Organisation, now: datetime
) -> None:
    grow(organisation, now, 8)
    checkpointed(organisation, now)
    with without_triggers(), connection.cursor() as cursor:
        last = EvidenceEntry.objects.get(seq=7)
        for name in ("organisations_evidencepersonal WHERE entry_id IN (SELECT id FROM organisations_evidenceentry",):
            cursor.execute(f"DELETE FROM {name} WHERE seq > 7)")
        cursor.execute("DELETE FROM organisations_evidenceentry WHERE seq > 7")
        EvidenceHead.objects.update(seq=7, hash=last.hash)
    status, said = verified("--organisation", "acme")
    assert status == 1
    assert "says that the log had 10 entries; it has 7" in said


def test_a_log_made_anew_is_found_by_what_was_kept_outside(
    organisation: Organisation, now: datetime, tmp_path: Path
) -> None:
    """The insider has the database and the signing key: everything inside agrees with itself."""
    grow(organisation, now, 8)
    outside = kept(tmp_path, [checkpointed(organisation, now)])
    rebuild(organisation, {4: {"facts": {"number": 4711}}})
    with without_triggers():
        EvidenceCheckpoint.objects.all().delete()
    checkpointed(organisation, now)
    assert verified()[0] == 0
    status, said = verified("--checkpoint", outside[0])
    assert status == 1
    assert "signed over other entries than the first 10" in said


def test_a_checkpoint_that_the_log_does_not_know_is_named(
    organisation: Organisation, now: datetime, tmp_path: Path
) -> None:
    """Signed by whom it says, over the very entries, and still none of ours: by a key that the log does not name."""
    said = checkpointed(organisation, now).signed.checkpoint
    forged = Checkpoint(**{**vars(said), "public_key": public_key(OTHER)})
    path = tmp_path / "forged.json"
    path.write_bytes(Signed(forged, sign(forged.text, OTHER)).file)
    status, printed = verified("--checkpoint", path)
    assert status == 1
    assert "a key that the log up to there does not name" in printed


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff", b'{"checkpoint":{},"signature":"","countersignature":""}']
)
def test_what_is_no_checkpoint_is_refused(organisation: Organisation, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert verified("--checkpoint", path)[0] == 2


def test_a_checkpoint_of_other_kinds_is_refused(organisation: Organisation, now: datetime) -> None:
    value = json.loads(checkpointed(organisation, now).signed.file)
    value["checkpoint"]["seq"] = "7"
    with pytest.raises(ValueError, match="another kind"):
        Signed.read(json.dumps(value).encode())
    value["signature"] = 7
    with pytest.raises(ValueError, match="no text"):
        Signed.read(json.dumps(value).encode())


def test_a_checkpoint_of_a_log_that_is_not_checked_is_said(
    organisation: Organisation, other_organisation: Organisation, now: datetime, tmp_path: Path
) -> None:
    path = kept(tmp_path, [checkpointed(other_organisation, now)])[0]
    assert verified("--organisation", "acme", "--checkpoint", path)[0] == 2
    assert verified("--organisation", "nobody")[0] == 2
    assert verified("--checkpoint", path)[0] == 0


def test_an_empty_log_has_nothing_to_say(now: datetime, db: None) -> None:
    made = Organisation.objects.create(slug="raw", name="Raw")
    assert evidence_head(made) == (0, "")
    assert full_audit(made).problems == []
