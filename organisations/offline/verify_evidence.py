"""Checks an evidence bundle of Offswitch, of the whole log or of one report. Needs Python 3.10 alone; writes nothing.

    python3 verify_evidence.py bundle.zip [--checkpoint outside.json] ...

A checkpoint that you got by mail and kept is the strongest check: without one, the whole log could have been made anew
by whoever runs the installation. Take this program from the project rather than from the bundle that it is to judge.
Exit status: 0 all fits, 1 something does not, 2 a file cannot be read.
"""

import argparse
import functools
import hashlib
import itertools
import json
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

GENESIS = "0" * 64
ENTRY = {"seq", "at", "kind", "facts", "commitment"}
CHECKPOINT = {"form", "organisation", "seq", "head", "root", "at", "key", "public_key", "previous"}
ALONE = """The log agrees with itself. It was NOT compared with anything kept outside.
Add --checkpoint FILE, one that you got by mail: only so a log that was made anew as a whole is found."""
Json = dict[str, Any]

canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

P = 2**255 - 19  # Ed25519 signatures, RFC 8032; the curve's points in extended coordinates
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P


def times(number: int, base: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    for bit in f"{number:b}":
        found = add(add(found, found), base) if bit == "1" else add(found, found)
    return found


def point(encoded: bytes) -> Point | None:
    sign, y = divmod(int.from_bytes(encoded, "little"), 2**255)
    if y >= P or len(encoded) != 32:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x * pow(2, (P - 1) // 4, P) % P if (x * x - square) % P else x  # times a root of -1
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(text: bytes, signature: bytes, key: bytes) -> bool:  # RFC 8032, 5.1.7
    r, a, s = point(signature[:32]), point(key), int.from_bytes(signature[32:], "little")
    if r is None or a is None or BASE is None or len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    left, right = times(s, BASE), add(r, times(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def node(left: bytes, right: bytes) -> bytes:  # of a Merkle tree, RFC 9162 section 2.1
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
        return functools.reduce(lambda found, part: node(part, found), reversed(self.parts)).hex()


def climb(index: int, last: int, found: bytes, proof: list[str]) -> tuple[str, str]:
    """The roots of the log as it was and as it is, as the proof leads to them; empty when it is too long or short."""
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
    return bool(root) and 1 <= seq <= size and climb(seq - 1, size - 1, found, proof)[1] == root


def is_continued(old: int, new: int, old_root: str, new_root: str, proof: list[str]) -> bool:
    if not 0 < old < new or not proof:
        return old == new and not proof and old_root == new_root
    path = [old_root, *proof] if old & (old - 1) == 0 else proof
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    return climb(index, last, bytes.fromhex(path[0]), path[1:]) == (old_root, new_root)


def judge(mistakes: list[str], fits: str) -> int:
    print("\n".join("WRONG  " + line for line in mistakes) or "ok     " + fits)
    return len(mistakes)


def read_checkpoint(line: bytes) -> Json:
    said = (value := json.loads(line))["checkpoint"]
    shape = value.keys() == {"checkpoint", "signature", "countersignature"} and said.keys() == CHECKPOINT
    if not shape or type(said["seq"]) is not int or said["seq"] < 1:
        raise ValueError("this is no checkpoint")
    for text in (said["head"], said["root"], said["public_key"], said["previous"], *list(value.values())[1:]):
        bytes.fromhex(text if isinstance(text, str) else "")
    return {**said, **value, "text": canonical(said).encode()}


def follows(line: bytes, seq: int, prev: str) -> Json | None:
    """The entry on this line when it is number `seq`, unchanged, after the entry whose hash is `prev`; else None."""
    try:
        text = canonical(entry := json.loads(line)["entry"])
        computed = hashlib.sha256(b"\x00" + bytes.fromhex(prev) + text.encode()).hexdigest()
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    whole = f'{{"entry":{text},"hash":"{computed}","prev_hash":"{prev}"}}\n'.encode()
    return dict(entry, hash=computed) if line == whole and entry.keys() == ENTRY and entry["seq"] == seq else None


class Log:
    """entries.jsonl, read once: entries up to `good` fit; `stood` is (hash, Merkle root) at each number in `marks`.
    Of an excerpt each entry stands where its proof says, and only the proof can show that it does."""

    def __init__(self, file: IO[bytes], marks: set[int], proved: dict[int, str | None], *, whole: bool) -> None:
        digest, tree, places = hashlib.sha256(), Tree(), iter(proved.items())
        self.good, self.last, self.broken, self.whole, self.made = 0, GENESIS, False, whole, list[Json]()
        self.stood, self.hashes, self.keys = dict[int, tuple[str, str]](), dict[int, str](), dict[str, int]()
        for line in file:
            digest.update(line)
            seq, prev = (self.good + 1, self.last) if whole else next(places, (0, None))
            entry = None if self.broken or seq < 1 else follows(line, seq, prev or "")
            if entry is None:
                self.broken = True  # what comes after it proves nothing
                continue
            self.good, self.last = seq, entry["hash"]
            tree.add(self.last)
            if entry["kind"] == "evidence.key_added":
                self.keys.setdefault(entry["facts"]["public_key"], seq)
            self.made += [entry["facts"]] if entry["kind"] == "report.made" else []
            if whole and seq in marks:
                self.stood[seq] = self.last, tree.root()
            if seq in proved:
                self.hashes[seq] = self.last
        self.sha256, self.count = digest.hexdigest(), tree.size


def check_chain(log: Log, entries: int) -> int:
    of, mistakes = "" if log.whole else f" of a log of {entries:,}", []
    if log.broken:
        where = f"Entry {log.good + 1:,}" if log.whole else "An entry of this excerpt"
        why = "it was changed, put in or moved, or one before it was taken out"
        mistakes = [f"{where} is the first that does not continue the log: {why}."]
    elif log.good < entries:
        mistakes = [f"Entry {log.good + 1:,} is missing, and all after it: the manifest says {entries:,}."]
    return judge(mistakes, f"{log.count:,} entries{of}, each unchanged and in its place; the last is {log.last[:12]}.")


def check_checkpoint(name: str, item: Json, log: Log, organisation: str) -> list[str]:
    seq, key, here = item["seq"], item["public_key"], item["seq"] <= log.good
    why = "the log is damaged before that" if log.broken else "entries were cut off, or this bundle is older"
    signed = is_signed(item["text"], bytes.fromhex(item["signature"]), bytes.fromhex(key))
    stood = log.stood.get(seq) if here else None
    mistakes = {
        "is not signed by the key that it names": not signed,
        f"is about another organisation, {item['organisation']!r}": item["organisation"] != organisation,
        f"speaks of {seq:,} entries, {log.good:,} were found whole: {why}": not here,
        "is none of those in this bundle. Ask why, and for the bundle of the whole log": here and not stood,
        f"was signed over other entries than the first {seq:,} here: the log was made anew": stood
        and stood != (item["head"], item["root"]),
        "is signed by a key that the log up to there does not name": here and log.keys.get(key, seq + 1) > seq,
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
    pairs = [(item["old"], item["new"]) for item in proofs["consistency"]]
    claims = {"Each checkpoint has a proof that it continues the one before it": pairs == [*itertools.pairwise(roots)]}
    for (old, new), item in zip(pairs, proofs["consistency"], strict=True):
        holds = is_continued(old, new, roots.get(old, ""), roots.get(new, ""), item["proof"])
        claims[f"The log of {new:,} entries continues the one of {old:,}"] = holds
    for seq, size, proof in [(item["seq"], item["in"], item["proof"]) for item in proofs["inclusion"]]:
        holds = is_included(log.hashes.get(seq, ""), seq, size, proof, roots.get(size, ""))
        claims[f"Entry {seq:,} is in the log of {size:,}"] = holds
    mistakes = [f"{claim}: the proof does not hold." for claim, holds in claims.items() if not holds]
    return judge(mistakes, f"{len(claims) - 1:,} Merkle proofs hold.")


def check_files(bundle: zipfile.ZipFile, files: Json, log: Log) -> int:
    mistakes, names = [], bundle.namelist()
    for name in sorted({*names, *files} - {"manifest.json"}):
        if name not in files or names.count(name) != 1:
            mistakes.append(f"{name} is not once in the bundle and once in its manifest.")
        elif files[name]["sha256"] != (
            log.sha256 if name == "entries.jsonl" else hashlib.sha256(bundle.read(name)).hexdigest()
        ):
            mistakes.append(f"{name} is not the file that the manifest names.")
    return judge(mistakes, f"{len(files)} files, each with the SHA-256 that the manifest names.")


def check_report(report: Json, files: Json, log: Log) -> int:
    """A report's files against the entry that was written when they were made."""
    found = [facts["files"] for facts in log.made if facts.get("report") == report["number"]]
    if len(found) != 1:
        return judge([f"The log says {len(found)} times that report {report['number']} was made."], "")
    here = {kind: files.get(name, {}).get("sha256") for kind, name in report["files"].items()}
    wrong = [kind for kind in sorted({*here, *found[0]}) if here.get(kind) != found[0].get(kind)]
    mistakes = [f"The {kind} file is not the one that the log's entry report.made names." for kind in wrong]
    return judge(mistakes, f"{', '.join(here)} of report {report['number']}: the log's entry report.made names them.")


def verify(path: str, kept: list[tuple[str, Json]]) -> int:
    with zipfile.ZipFile(path) as bundle:
        about, proofs = json.loads(bundle.read("manifest.json")), json.loads(bundle.read("proofs.json"))
        items = [read_checkpoint(line) for line in bundle.read("checkpoints.jsonl").splitlines()]
        marks = {item["seq"] for item in [*items, *(item for _, item in kept)]}
        with bundle.open("entries.jsonl") as file:
            log = Log(file, marks, {i["seq"]: i.get("prev") for i in proofs["inclusion"]}, whole="report" not in about)
        wrong = check_files(bundle, about["files"], log)
    if not log.whole:  # what was signed is all that an excerpt can be held against
        log.good, log.stood = about["entries"], {item["seq"]: (item["head"], item["root"]) for item in items}
        wrong += check_report(about["report"], about["files"], log)
    wrong += check_chain(log, about["entries"]) + check_row(items, log, about["organisation"])
    wrong += check_proofs(proofs, {item["seq"]: item["root"] for item in items}, log)
    for name, item in kept:
        label = f"The outside checkpoint {name}"
        mistakes = check_checkpoint(label, item, log, about["organisation"])
        wrong += judge(mistakes, f"{label} fits: the first {item['seq']:,} entries are those of {item['at']}.")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks an evidence bundle of Offswitch.")
    parser.add_argument("bundle")
    parser.add_argument("--checkpoint", action="append", default=[], help="one that was kept outside; may be repeated")
    given = parser.parse_args()
    what, kept = "", list[tuple[str, Json]]()
    try:
        for what in given.checkpoint:
            kept.append((what, read_checkpoint(Path(what).read_bytes())))
        what = "This bundle"
        wrong = verify(given.bundle, kept)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError) as error:
        print(f"{what} cannot be read: {type(error).__name__}: {error}")
        return 2
    print(f"{wrong} things are wrong." if wrong else "Everything fits." if kept else ALONE)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
