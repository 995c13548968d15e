"""Checks an evidence bundle of Offswitch. Needs Python 3.10 or later and nothing else; reads, and writes nothing.

    python3 verify_evidence.py bundle.zip [--checkpoint outside.json] ...

A checkpoint that you got by mail and kept yourself is the strongest check: without one, whoever runs the installation
could have made the whole log anew, with its own checkpoints. Take this program from the project rather than from the
bundle that it is to judge. Exit status: 0 all fits, 1 something does not, 2 the bundle cannot be read.
"""

import argparse
import hashlib
import json
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

GENESIS = "0" * 64
ENTRY = {"seq", "at", "kind", "facts", "commitment"}
CHECKPOINT = {"form", "organisation", "seq", "head", "root", "at", "key", "public_key", "previous"}
Json = dict[str, Any]

canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

# --- Ed25519 signatures, RFC 8032 (the curve's points in extended coordinates) ------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P


def times(number: int, base: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    for bit in f"{number:b}":
        found = add(found, found)
        found = add(found, base) if bit == "1" else found
    return found


def point(encoded: bytes) -> Point | None:
    sign, y = divmod(int.from_bytes(encoded, "little"), 2**255)
    if y >= P or len(encoded) != 32:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(text: bytes, signature: bytes, key: bytes) -> bool:
    """Whether the owner of the public key signed the text (RFC 8032, 5.1.7)."""
    r, a, s = point(signature[:32]), point(key), int.from_bytes(signature[32:], "little")
    if r is None or a is None or BASE is None or len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    left, right = times(s, BASE), add(r, times(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- Merkle tree, RFC 9162 section 2.1 -------------------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Grows leaf by leaf; holds the roots of its full parts only, at most one for each power of two."""

    def __init__(self) -> None:
        self.size, self.parts = 0, list[bytes]()

    def add(self, entry_hash: str) -> None:
        found, width = hashlib.sha256(b"\x00" + bytes.fromhex(entry_hash)).digest(), 1
        while self.size & width:
            found, width = node(self.parts.pop(), found), width * 2
        self.parts.append(found)
        self.size += 1

    def root(self) -> str:
        found = self.parts[-1]
        for part in reversed(self.parts[:-1]):
            found = node(part, found)
        return found.hex()


def climb(index: int, last: int, found: bytes, proof: list[str]) -> tuple[str, str]:
    """From a leaf or full part up to the root, as the proof leads: the roots of the log as it was and as it is; both
    empty when the proof is too long or too short."""
    before = after = found
    for step in map(bytes.fromhex, proof):
        if last == 0:
            return "", ""
        if index & 1 or index == last:
            before, after = node(step, before), node(step, after)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            after = node(after, step)
        index, last = index >> 1, last >> 1
    return ("", "") if last else (before.hex(), after.hex())


def is_included(entry_hash: str, seq: int, size: int, proof: list[str], root: str) -> bool:
    found = hashlib.sha256(b"\x00" + bytes.fromhex(entry_hash)).digest()
    return 1 <= seq <= size and climb(seq - 1, size - 1, found, proof)[1] == root


def is_continued(old: int, new: int, old_root: str, new_root: str, proof: list[str]) -> bool:
    if not 0 < old < new or not proof:
        return old == new and not proof and old_root == new_root
    path = [old_root, *proof] if old & (old - 1) == 0 else proof
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    return climb(index, last, bytes.fromhex(path[0]), path[1:]) == (old_root, new_root)


# --- The checks ------------------------------------------------------------------------------------------------------


def judge(mistakes: list[str], fits: str) -> int:
    print("\n".join("WRONG  " + line for line in mistakes) or "ok     " + fits)
    return len(mistakes)


def read_checkpoint(line: bytes) -> Json:
    value = json.loads(line)
    said = value["checkpoint"]
    if value.keys() != {"checkpoint", "signature", "countersignature"} or said.keys() != CHECKPOINT:
        raise ValueError("this is no checkpoint")
    if type(said["seq"]) is not int or said["seq"] < 1:
        raise ValueError("a checkpoint names no entry")
    for text in (said["head"], said["root"], said["public_key"], said["previous"], *list(value.values())[1:]):
        bytes.fromhex(text if isinstance(text, str) else "")
    return {**said, **value, "text": canonical(said).encode()}


def follows(line: bytes, seq: int, prev: str) -> Json | None:
    """The entry on this line when it is number `seq`, unchanged, after the entry whose hash is `prev`; else None.
    Its hash is over 0x00, the 32 bytes of `prev` and the entry in canonical JSON."""
    try:
        entry = json.loads(line)["entry"]
        text = canonical(entry)
        computed = hashlib.sha256(b"\x00" + bytes.fromhex(prev) + text.encode()).hexdigest()
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    whole = f'{{"entry":{text},"hash":"{computed}","prev_hash":"{prev}"}}\n'.encode()
    fits = line == whole and entry.keys() == ENTRY and entry["seq"] == seq
    return dict(entry, hash=computed) if fits else None


class Log:
    """entries.jsonl, read once: `good` entries fit; `stood` is (hash, Merkle root) at each number in `marks`."""

    def __init__(self, file: IO[bytes], marks: set[int], proved: set[int]) -> None:
        digest, tree = hashlib.sha256(), Tree()
        self.good, self.last, self.broken = 0, GENESIS, False
        self.stood, self.hashes, self.keys = dict[int, tuple[str, str]](), dict[int, str](), dict[str, int]()
        for line in file:
            digest.update(line)
            entry = None if self.broken else follows(line, self.good + 1, self.last)
            if entry is None:
                self.broken = True  # what comes after it proves nothing
                continue
            self.good, self.last = self.good + 1, entry["hash"]
            tree.add(self.last)
            if entry["kind"] == "evidence.key_added":
                self.keys.setdefault(entry["facts"]["public_key"], self.good)
            if self.good in marks:
                self.stood[self.good] = self.last, tree.root()
            if self.good in proved:
                self.hashes[self.good] = self.last
        self.sha256 = digest.hexdigest()


def check_chain(log: Log, entries: int) -> int:
    mistakes = []
    if log.broken:
        where = f"Entry {log.good + 1:,} is the first that does not continue the log"
        mistakes = [f"{where}: it was changed, put in or moved, or one before it was taken out."]
    elif log.good < entries:
        mistakes = [f"Entry {log.good + 1:,} is missing, and all after it: the manifest says {entries:,}."]
    return judge(mistakes, f"{log.good:,} entries, each unchanged and in its place; the last is {log.last[:12]}.")


def check_checkpoint(name: str, item: Json, log: Log, organisation: str) -> list[str]:
    seq, here = item["seq"], item["seq"] <= log.good
    why = "the log is damaged before that" if log.broken else "entries were cut off, or this bundle is older"
    signed = is_signed(item["text"], bytes.fromhex(item["signature"]), bytes.fromhex(item["public_key"]))
    same = not here or log.stood[seq] == (item["head"], item["root"])
    named = not here or log.keys.get(item["public_key"], seq + 1) <= seq
    mistakes = {
        "is not signed by the key that it names": not signed,
        f"is about another organisation, {item['organisation']!r}": item["organisation"] != organisation,
        f"speaks of {seq:,} entries, {log.good:,} were found whole: {why}": not here,
        f"was signed over other entries than the first {seq:,} here: the log was made anew": not same,
        "is signed by a key that the log up to there does not name": not named,
    }
    return [f"{name} {mistake}." for mistake, true in mistakes.items() if true]


def check_row(items: list[Json], log: Log, organisation: str) -> int:
    mistakes, previous, key = [], GENESIS, ""
    for item in items:
        name = f"The checkpoint at entry {item['seq']:,}"
        mistakes += check_checkpoint(name, item, log, organisation)
        if item["previous"] != previous:
            mistakes.append(f"{name} does not follow the one before it.")
        if item["public_key"] != key:
            print(f"note   From entry {item['seq']:,} on, key {item['public_key']} signs: compare it with your mails.")
            if key and not item["countersignature"]:
                print("note   The key before it did not sign that one, too. Ask why.")
            elif key and not is_signed(item["text"], bytes.fromhex(item["countersignature"]), bytes.fromhex(key)):
                mistakes.append(f"{name} brings a new key, and the old key's signature does not fit.")
        previous, key = hashlib.sha256(item["text"]).hexdigest(), item["public_key"]
    return judge(mistakes, f"{len(items):,} checkpoints: signed, each over the entries up to it, in a row.")


def check_proofs(proofs: Json, roots: dict[int, str], log: Log) -> int:
    mistakes = []
    for item in proofs["consistency"]:
        old, new = item["old"], item["new"]
        if not is_continued(old, new, roots.get(old, ""), roots.get(new, ""), item["proof"]):
            mistakes.append(f"The proof that the log of {new:,} entries continues the one of {old:,} does not hold.")
    for item in proofs["inclusion"]:
        seq, size = item["seq"], item["in"]
        if not is_included(log.hashes.get(seq, ""), seq, size, item["proof"], roots.get(size, "")):
            mistakes.append(f"The proof that entry {seq:,} is in the log of {size:,} does not hold.")
    return judge(mistakes, f"{len(proofs['consistency']) + len(proofs['inclusion']):,} Merkle proofs hold.")


def check_files(bundle: zipfile.ZipFile, files: Json, log: Log) -> int:
    mistakes, names = [], bundle.namelist()
    for name in sorted({*names, *files} - {"manifest.json"}):
        if name not in files or names.count(name) != 1:
            mistakes.append(f"{name} is not once in the bundle and once in its manifest.")
            continue
        found = log.sha256 if name == "entries.jsonl" else hashlib.sha256(bundle.read(name)).hexdigest()
        if found != files[name]["sha256"]:
            mistakes.append(f"{name} is not the file that the manifest names.")
    return judge(mistakes, f"{len(files)} files, each with the SHA-256 that the manifest names.")


def verify(path: str, outside: list[str]) -> int:
    kept = [(name, read_checkpoint(Path(name).read_bytes())) for name in outside]
    with zipfile.ZipFile(path) as bundle:
        manifest, proofs = json.loads(bundle.read("manifest.json")), json.loads(bundle.read("proofs.json"))
        items = [read_checkpoint(line) for line in bundle.read("checkpoints.jsonl").splitlines()]
        marks = {item["seq"] for item in [*items, *(item for _, item in kept)]}
        with bundle.open("entries.jsonl") as file:
            log = Log(file, marks, {item["seq"] for item in proofs["inclusion"]})
        wrong = check_files(bundle, manifest["files"], log)
    wrong += check_chain(log, manifest["entries"]) + check_row(items, log, manifest["organisation"])
    wrong += check_proofs(proofs, {item["seq"]: item["root"] for item in items}, log)
    for name, item in kept:
        label = f"The outside checkpoint {name}"
        mistakes = check_checkpoint(label, item, log, manifest["organisation"])
        wrong += judge(mistakes, f"{label} fits: the first {item['seq']:,} entries are those of {item['at']}.")
    if not kept:
        print("note   No outside checkpoint was given: a log made anew as a whole would not be noticed.")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks an evidence bundle of Offswitch.")
    parser.add_argument("bundle")
    parser.add_argument("--checkpoint", action="append", default=[], help="one that was kept outside; may be repeated")
    given = parser.parse_args()
    try:
        wrong = verify(given.bundle, given.checkpoint)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError) as error:
        print(f"This bundle cannot be read: {type(error).__name__}: {error}")
        return 2
    print(f"{wrong} things are wrong." if wrong else "Everything fits.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
