"""The evidence bundle and the program that an auditor checks it with."""

import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from organisations.models import EvidenceCheckpoint, EvidenceEntry, Organisation
from organisations.offline import verify_evidence
from organisations.rules.evidence import chained, draft
from organisations.rules.merkle import Tree, consistency_spans, inclusion_spans, leaf
from organisations.services import write_bundle
from organisations.services.proving import line_of
from organisations.signing import public_key, sign
from tests.organisations.evidence import VERIFIER, checkpointed, grow, kept, rebuild, verify_offline, without_triggers


def bundled(organisation: Organisation, checkpoint: EvidenceCheckpoint, **extra: Any) -> bytes:
    out = io.BytesIO()
    write_bundle(organisation=organisation, checkpoint=checkpoint, out=out, **extra)
    return out.getvalue()


@pytest.fixture
def taken(organisation: Organisation, now: datetime) -> list[EvidenceCheckpoint]:
    found = []
    for count in (1, 6, 13):
        grow(organisation, now, count)
        found.append(checkpointed(organisation, now))
    return found


@pytest.fixture
def bundle(organisation: Organisation, taken: list[EvidenceCheckpoint], tmp_path: Path) -> Path:
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundled(organisation, taken[-1]))
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None], *, manifest: bool = True) -> Path:
    """The bundle as somebody makes it anew after a change, with a manifest that fits unless they forget."""
    files = members(path)
    change(files)
    if manifest:
        about = json.loads(files["manifest.json"])
        about["files"] = {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
            if name != "manifest.json"
        }
        files["manifest.json"] = json.dumps(about).encode()
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(changed, "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
    return changed


def test_a_bundle_fits_and_so_does_every_checkpoint_kept_outside(
    bundle: Path, taken: list[EvidenceCheckpoint], tmp_path: Path
) -> None:
    outside = [word for path in kept(tmp_path, taken) for word in ("--checkpoint", path)]
    status, said = verify_offline(bundle, *outside)
    assert status == 0, said
    assert "22 entries, each unchanged" in said
    assert said.count(" fits: the first") == 3
    assert "8 Merkle proofs hold" in said  # two of continuation, six reports
    assert said.endswith("Everything fits.\n")
    assert "NOT compared" not in said


def test_without_an_outside_checkpoint_it_says_what_that_means(bundle: Path) -> None:
    status, said = verify_offline(bundle)
    assert status == 0
    assert "Everything fits" not in said
    assert "The log agrees with itself. It was NOT compared with anything kept outside." in said
    assert "add --checkpoint FILE" in said.replace("Add", "add")


def test_a_checkpoint_that_is_not_there_is_named(bundle: Path, tmp_path: Path) -> None:
    status, said = verify_offline(bundle, "--checkpoint", tmp_path / "mailed.json")
    assert (status, f"{tmp_path / 'mailed.json'} cannot be read: FileNotFoundError" in said) == (2, True)
    (tmp_path / "mailed.json").write_text("{}")
    assert (
        f"{tmp_path / 'mailed.json'} cannot be read"
        in verify_offline(bundle, "--checkpoint", tmp_path / "mailed.json")[1]
    )


def test_the_readme_lists_what_is_there_and_says_who_can_match_it(bundle: Path) -> None:
    files = members(bundle)
    readme = files["README.txt"].decode()
    listed = readme.split("THE FILES\n")[1]
    assert {line.split(maxsplit=1)[0] for line in listed.splitlines() if line[:1].strip()} | {
        "README.txt"
    } == files.keys()
    assert "can match more, as long as the rows are there" in readme
    assert "may hold them still" in readme
    assert "6  report.made" in readme


def test_the_same_log_makes_the_same_bytes(organisation: Organisation, taken: list[EvidenceCheckpoint]) -> None:
    assert bundled(organisation, taken[-1]) == bundled(organisation, taken[-1])


def test_a_bundle_holds_nothing_about_persons(organisation: Organisation, now: datetime, bundle: Path) -> None:
    assert b"employee" not in members(bundle)["entries.jsonl"]
    assert {"README.txt", "verify_evidence.py", "manifest.json", "proofs.json"} < members(bundle).keys()


def test_other_files_are_under_the_same_manifest(
    organisation: Organisation, taken: list[EvidenceCheckpoint], tmp_path: Path
) -> None:
    path = tmp_path / "with-report.zip"
    path.write_bytes(bundled(organisation, taken[-1], extra=[("report.pdf", [b"%PDF", b"-1.7"])]))
    assert verify_offline(path)[0] == 0
    status, said = verify_offline(
        rewritten(path, lambda files: files.update({"report.pdf": b"another"}), manifest=False)
    )
    assert status == 1
    assert "report.pdf is not the file that the manifest names" in said


def entry_lines(files: dict[str, bytes]) -> list[bytes]:
    return files["entries.jsonl"].splitlines(keepends=True)


def changing(change: Callable[[list[bytes]], object]) -> Callable[[dict[str, bytes]], None]:
    def make(files: dict[str, bytes]) -> None:
        lines = entry_lines(files)
        change(lines)
        files["entries.jsonl"] = b"".join(lines)

    return make


HARM: dict[str, tuple[Callable[[list[bytes]], object], int]] = {
    "removed": (lambda lines: lines.pop(6), 7),
    "moved": (lambda lines: lines.insert(3, lines.pop(9)), 4),
    "put in": (lambda lines: lines.insert(11, lines[4]), 12),
    "kind": (lambda lines: lines.__setitem__(4, lines[4].replace(b"thing", b"thong")), 5),
    "space": (lambda lines: lines.__setitem__(4, lines[4].replace(b'":', b'": ', 1)), 5),
    "twice the same name": (lambda lines: lines.__setitem__(4, b'{"entry":{},' + lines[4][1:]), 5),
    "no JSON": (lambda lines: lines.__setitem__(4, b"\xff\n"), 5),
    "another shape": (lambda lines: lines.__setitem__(4, b"[1]\n"), 5),
    "very deep": (lambda lines: lines.__setitem__(4, b'{"entry":' + b"[" * 90_000 + b"\n"), 5),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_first_bad_entry_is_named(bundle: Path, harm: str) -> None:
    change, first = HARM[harm]
    status, said = verify_offline(rewritten(bundle, changing(change)))
    assert status == 1
    assert f"Entry {first} is the first that does not continue the log" in said


def test_cut_off_entries_are_found(bundle: Path, taken: list[EvidenceCheckpoint], tmp_path: Path) -> None:
    status, said = verify_offline(rewritten(bundle, changing(lambda lines: lines.__delitem__(slice(15, None)))))
    assert status == 1
    assert "Entry 16 is missing, and all after it" in said

    def thoroughly(files: dict[str, bytes]) -> None:
        """Checkpoints, proofs and manifest are cut to fit: only what was kept outside knows better."""
        proofs = json.loads(files["proofs.json"])
        proofs = {"consistency": proofs["consistency"][:1], "inclusion": []}
        files["proofs.json"] = json.dumps(proofs).encode()
        files["checkpoints.jsonl"] = b"".join(files["checkpoints.jsonl"].splitlines(keepends=True)[:2])
        files["entries.jsonl"] = b"".join(entry_lines(files)[:9])
        files["manifest.json"] = json.dumps(json.loads(files["manifest.json"]) | {"entries": 9}).encode()

    cut = rewritten(bundle, thoroughly)
    assert verify_offline(cut)[0] == 0
    status, said = verify_offline(cut, "--checkpoint", kept(tmp_path, taken)[-1])
    assert status == 1
    assert "speaks of 22 entries, 9 were found whole: entries were cut off, or this bundle is older" in said


def test_an_older_outside_checkpoint_finds_a_log_made_anew(
    organisation: Organisation, now: datetime, taken: list[EvidenceCheckpoint], tmp_path: Path
) -> None:
    outside = kept(tmp_path, taken)
    rebuild(organisation, {2: {"kind": "x"}})
    with without_triggers():
        EvidenceCheckpoint.objects.all().delete()
    path = tmp_path / "anew.zip"
    path.write_bytes(bundled(organisation, checkpointed(organisation, now)))
    assert verify_offline(path)[0] == 0  # with the signing key everything inside can be made to agree
    said = verify_offline(path, "--checkpoint", outside[1])[1]
    assert "was signed over other entries than the first 9 here: the log was made anew" in said


def tampered(name: str, *, of: str = "checkpoint") -> Callable[[dict[str, bytes]], None]:
    def make(files: dict[str, bytes]) -> None:
        lines = files["checkpoints.jsonl"].splitlines()
        value = json.loads(lines[1])
        place = value["checkpoint"] if of == "checkpoint" else value
        old = place[name]
        place[name] = old + 1 if isinstance(old, int) else (old[:-1] + ("0" if old[-1:] != "0" else "1"))
        lines[1] = json.dumps(value).encode()
        files["checkpoints.jsonl"] = b"\n".join(lines)

    return make


@pytest.mark.parametrize(
    ("name", "of"),
    [*((name, "checkpoint") for name in ("organisation", "seq", "head", "root", "at", "key", "public_key", "previous")),
     ("signature", "signed")],
)  # fmt: skip
def test_no_field_of_a_checkpoint_can_be_changed(bundle: Path, name: str, of: str) -> None:
    status, said = verify_offline(rewritten(bundle, tampered(name, of=of)))
    assert status in {1, 2}, said


def test_a_missing_checkpoint_breaks_the_row(bundle: Path) -> None:
    def drop(files: dict[str, bytes]) -> None:
        lines = files["checkpoints.jsonl"].splitlines(keepends=True)
        files["checkpoints.jsonl"] = lines[0] + lines[2]

    status, said = verify_offline(rewritten(bundle, drop))
    assert status == 1
    assert "does not follow the one before it" in said


@pytest.mark.parametrize("kind", ["consistency", "inclusion"])
def test_a_proof_that_does_not_hold_is_named(bundle: Path, kind: str) -> None:
    def spoil(files: dict[str, bytes]) -> None:
        proofs = json.loads(files["proofs.json"])
        proofs[kind][0]["proof"][0] = "00" * 32
        files["proofs.json"] = json.dumps(proofs).encode()

    status, said = verify_offline(rewritten(bundle, spoil))
    assert status == 1
    assert "does not hold" in said


def test_a_file_more_or_less_is_named(bundle: Path) -> None:
    for change in (lambda files: files.update(extra=b"x"), lambda files: files.pop("README.txt")):
        status, said = verify_offline(rewritten(bundle, change, manifest=False))
        assert status == 1
        assert "not once in the bundle and once in its manifest" in said


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + b"\x00" * 18])
def test_what_is_no_bundle_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    status, said = verify_offline(path)
    assert (status, said.startswith("This bundle cannot be read")) == (2, True)
    assert verify_offline(tmp_path / "nothing.zip")[0] == 2


def test_any_damage_to_the_file_is_said_and_never_a_traceback(bundle: Path) -> None:
    content, chance = bundle.read_bytes(), random.Random(7)
    for _ in range(25):
        place = chance.randrange(len(content))
        damaged = content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :]
        bundle.with_name("d.zip").write_bytes(damaged)
        status, said = verify_offline(bundle.with_name("d.zip"))
        assert status in {0, 1, 2}
        assert status or members(bundle.with_name("d.zip")) == members(bundle), said  # only what nobody reads


def test_a_key_that_was_changed_is_said_and_signed_by_the_old_one(
    organisation: Organisation, now: datetime, tmp_path: Path, settings: Any
) -> None:
    settings.EVIDENCE_KEYS = {1: b"\x01" * 32}
    checkpointed(organisation, now)
    settings.EVIDENCE_KEYS |= {2: b"\x02" * 32}
    path = tmp_path / "b.zip"
    path.write_bytes(bundled(organisation, checkpointed(organisation, now)))
    status, said = verify_offline(path)
    assert (status, said.count("signs: compare it with your mails")) == (0, 2)
    assert "Ask why" not in said

    def unsigned(files: dict[str, bytes]) -> None:
        lines = [json.loads(line) for line in files["checkpoints.jsonl"].splitlines()]
        lines[1]["countersignature"] = given
        files["checkpoints.jsonl"] = b"\n".join(json.dumps(line).encode() for line in lines)

    given = ""
    assert "The key before it did not sign that one, too. Ask why." in verify_offline(rewritten(path, unsigned))[1]
    given = "00" * 64
    assert verify_offline(rewritten(path, unsigned))[0] == 1


def test_the_command_writes_a_bundle(organisation: Organisation, now: datetime, tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("export_evidence", "--organisation", "acme", "--out", str(tmp_path / "b.zip"), stdout=out)
    assert "entries 1 to 2" in out.getvalue()
    assert verify_offline(tmp_path / "b.zip")[0] == 0
    for arguments in (["acme", str(tmp_path / "no" / "b.zip")], ["nobody", str(tmp_path / "c.zip")]):
        with pytest.raises(CommandError):
            call_command("export_evidence", "--organisation", arguments[0], "--out", arguments[1])
    with without_triggers():
        EvidenceEntry.objects.filter(seq=1).update(kind="x")
    grow(organisation, now, 1)
    with without_triggers():
        EvidenceCheckpoint.objects.all().delete()
    with pytest.raises(CommandError, match="broken"):
        call_command("export_evidence", "--organisation", "acme", "--out", str(tmp_path / "d.zip"))


# --- The verifier's own mathematics, against others -------------------------------------------------------------------

RFC_8032 = [  # section 7.1: secret, public, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_the_published_signatures(secret: str, public: str, message: str, signature: str) -> None:
    assert public_key(bytes.fromhex(secret)) == public
    text, key, signed = (bytes.fromhex(part) for part in (message, public, signature))
    assert verify_evidence.is_signed(text, signed, key)
    assert not verify_evidence.is_signed(text + b"x", signed, key)
    for place in (0, 31, 32, 63):
        assert not verify_evidence.is_signed(
            text, signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :], key
        )
    assert not verify_evidence.is_signed(text, signed[:63], key)
    assert not verify_evidence.is_signed(text, signed, key[:31])
    assert not verify_evidence.is_signed(text, signed, b"\xff" * 32)
    too_large = int.from_bytes(signed[32:], "little") + verify_evidence.ORDER
    assert not verify_evidence.is_signed(text, signed[:32] + too_large.to_bytes(32, "little"), key)


@given(st.binary(min_size=32, max_size=32), st.text(max_size=40), st.integers(0, 511))
def test_signatures_agree_with_the_library(seed: bytes, text: str, bit: int) -> None:
    key, signature = bytes.fromhex(public_key(seed)), bytes.fromhex(sign(text, seed))
    assert Ed25519PrivateKey.from_private_bytes(seed).sign(text.encode()) == signature
    assert verify_evidence.is_signed(text.encode(), signature, key)
    flipped = (int.from_bytes(signature, "big") ^ (1 << bit)).to_bytes(64, "big")
    assert not verify_evidence.is_signed(text.encode(), flipped, key)


@given(st.integers(1, 60), st.data())
def test_its_tree_and_proofs_agree_with_ours(size: int, data: st.DataObject) -> None:
    hashes = [hashlib.sha256(bytes([number])).hexdigest() for number in range(size)]
    old, index = data.draw(st.integers(1, size)), data.draw(st.integers(0, size - 1))
    spans = [*consistency_spans(old, size), *inclusion_spans(index, size)]
    ours, before, theirs = Tree(spans), Tree(), verify_evidence.Tree()
    for number, found in enumerate(hashes):
        ours.add(leaf(found))
        theirs.add(found)
        if number < old:
            before.add(leaf(found))
    root, old_root = ours.root().hex(), before.root().hex()
    assert theirs.root() == root
    proof = [ours.hash_of(span).hex() for span in consistency_spans(old, size)]
    assert verify_evidence.is_continued(old, size, old_root, root, proof)
    assert not verify_evidence.is_continued(old, size, root if old < size else "", root, proof)
    assert not verify_evidence.is_continued(old, size, old_root, root, [*proof, root])
    proof = [ours.hash_of(span).hex() for span in inclusion_spans(index, size)]
    assert verify_evidence.is_included(hashes[index], index + 1, size, proof, root)
    assert not verify_evidence.is_included(hashes[index], index + 1, size, [*proof, root], root)
    assert not verify_evidence.is_included("00" * 32, index + 1, size, proof, root)


FACTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(max_size=5), FACTS, max_size=3), min_size=1, max_size=6))
def test_it_reads_any_facts_as_they_were_hashed(facts: list[dict[str, Any]]) -> None:
    drafts = [draft(at="2026-01-01T00:00:00.000000+00:00", kind="k", facts=item, commitment="") for item in facts]
    prev = verify_evidence.GENESIS
    for entry in chained(drafts, seq=0, prev_hash=prev):
        assert verify_evidence.follows(line_of(entry), entry.seq, prev)
        prev = entry.hash


def test_it_is_short_and_needs_nothing() -> None:
    text = VERIFIER.read_text()
    assert len(text.splitlines()) < 300
    assert "import django" not in text
    assert "from organisations" not in text
