"""One reading of a log from end to end: is it whole, and is it what its checkpoints say."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from organisations.rules.checkpoints import Signed
from organisations.rules.evidence import GENESIS, Entry, follows
from organisations.rules.merkle import Tree, leaf

KEY_ADDED = "evidence.key_added"

# (text, signature, public key) → whether it fits
Verifier = Callable[[str, str, str], bool]


@dataclass
class Findings:
    """What a reading found. `broken_at` is the first bad entry's number; `problems` say in words what is wrong,
    `notes` what a reader should know although nothing is."""

    entries: int = 0
    hash: str = GENESIS
    root: str = ""
    broken_at: int | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def audit(
    entries: Iterable[Entry],
    *,
    organisation: str,
    head: tuple[int, str] | None,
    checkpoints: Sequence[Signed],
    outside: Sequence[Signed] = (),
    is_signed: Verifier,
) -> Findings:
    """Reads entries in order of number. `head` is number and hash of the last one written, where that is known;
    `outside` are checkpoints that were kept outside the house."""
    found, tree = Findings(), Tree()
    wanted = {item.checkpoint.seq for item in (*checkpoints, *outside)}
    stood: dict[int, tuple[str, str]] = {}
    keys: dict[str, int] = {}
    for entry in entries:
        found.entries += 1
        if found.broken_at is not None:
            continue  # what comes after it proves nothing; it is only counted
        if not follows(entry, found.entries, found.hash):
            found.broken_at = found.entries
            continue
        found.hash = entry.hash
        tree.add(leaf(entry.hash))
        if entry.kind == KEY_ADDED:
            keys.setdefault(str(entry.facts.get("public_key")), found.entries)
        if found.entries in wanted:
            stood[found.entries] = entry.hash, tree.root().hex()
    found.root = tree.root().hex()
    _judge_chain(found, head)
    _judge_checkpoints(found, organisation, checkpoints, stood, keys, is_signed)
    known = {item.checkpoint.sha256 for item in checkpoints}
    for item in outside:
        name = f"The outside checkpoint at entry {item.checkpoint.seq:,}"
        found.problems += _mistakes(name, item, found.entries, organisation, stood, keys, is_signed)
        if item.checkpoint.sha256 not in known:
            found.problems.append(f"{name} is not among the log's own checkpoints.")
    return found


def _judge_chain(found: Findings, head: tuple[int, str] | None) -> None:
    if found.broken_at is not None:
        found.problems.append(
            f"Entry {found.broken_at:,} does not continue the log: it was changed, put in, moved, or one was taken out."
        )
    elif head and found.entries < head[0]:
        found.broken_at = found.entries + 1
        found.problems.append(
            f"The log ends with entry {found.entries:,}; {found.broken_at:,} to {head[0]:,} are gone."
        )
    elif head and (found.entries, found.hash) != head:
        found.broken_at = found.entries
        found.problems.append(f"The last entry, {found.entries:,}, is not the one that was written last.")


def _judge_checkpoints(
    found: Findings,
    organisation: str,
    checkpoints: Sequence[Signed],
    stood: dict[int, tuple[str, str]],
    keys: dict[str, int],
    is_signed: Verifier,
) -> None:
    before: Signed | None = None
    for item in checkpoints:
        this = item.checkpoint
        name = f"The checkpoint at entry {this.seq:,}"
        found.problems += _mistakes(name, item, found.entries, organisation, stood, keys, is_signed)
        if this.previous != (before.checkpoint.sha256 if before else GENESIS):
            found.problems.append(f"{name} does not follow the one before it.")
        if before and this.public_key != before.checkpoint.public_key:
            if not item.countersignature:
                found.notes.append(
                    f"{name} is the first by key {this.key}, and the key before it did not sign it, too."
                )
            elif not is_signed(this.text, item.countersignature, before.checkpoint.public_key):
                found.problems.append(f"{name} brings a new key, and the old key's signature does not fit.")
        before = item


def _mistakes(
    name: str,
    item: Signed,
    entries: int,
    organisation: str,
    stood: dict[int, tuple[str, str]],
    keys: dict[str, int],
    is_signed: Verifier,
) -> list[str]:
    this, wrong = item.checkpoint, []
    if not is_signed(this.text, item.signature, this.public_key):
        wrong.append(f"{name} is not signed by the key that it names.")
    if this.organisation != organisation:
        wrong.append(f"{name} is about {this.organisation!r}, another organisation.")
    if keys.get(this.public_key, this.seq + 1) > this.seq:
        wrong.append(f"{name} is signed by a key that the log up to there does not name.")
    if this.seq > entries:
        wrong.append(f"{name} says that the log had {this.seq:,} entries; it has {entries:,}.")
    elif stood.get(this.seq) != (this.head, this.root):
        wrong.append(f"{name} was signed over other entries than the first {this.seq:,} that are here now.")
    return wrong
