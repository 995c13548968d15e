"""The evidence log: what the chain costs, how fast a bundle is checked offline, and whether every tampering is found.

Tamperings are made at random places of the log: any field changed, an entry taken out, put in or moved, or changed with
its own hash made to fit. Each is judged by the offline verifier's own function from the entry before the change on:
what it knows there (number and hash of the last good entry) is the same as after reading the untouched beginning, so
that the computation is the same. Some are judged by reading the whole log, to show it. Last, an insider writes the
whole log anew from one changed entry on, and only a checkpoint kept outside can tell.

Append: with the chain, and the same rows without lock, hashes and head (floor). With DATABASE_URL set, also PostgreSQL.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.form import Bench, environment, fresh_database, quick_or_full
from organisations.offline import verify_evidence
from organisations.rules.checkpoints import Checkpoint, Signed
from organisations.rules.evidence import GENESIS, Draft, chained, draft
from organisations.rules.merkle import Tree, leaf
from organisations.signing import public_key, sign

SEED = b"\x01" * 32
FIELDS = ("seq", "at", "kind", "facts", "commitment", "hash", "prev_hash")
Lines = list[bytes]


def drafts(count: int) -> Iterator[Draft]:
    """As answers to a campaign make them; the second names the key."""
    at = "2026-01-15T09:00:00.000000+00:00"
    yield draft(at=at, kind="organisation.created", facts={"slug": "acme"}, commitment="")
    key = {"key": 1, "public_key": public_key(SEED)}
    yield draft(at=at, kind="evidence.key_added", facts=key, commitment="")
    for number in range(count - 2):
        sha256 = hashlib.sha256(b"%d" % number).hexdigest()
        facts = {"campaign": number % 40, "policy": "linkedin-genai-training", "language": "de", "statement": sha256}
        yield draft(at=at, kind="attestation.recorded", facts=facts, commitment=sha256[::-1])


def line(seq: int, item: Draft, prev: str, found: str) -> bytes:
    body = item.stem + b"%d}" % seq
    return b'{"entry":%b,"hash":"%b","prev_hash":"%b"}\n' % (body, found.encode(), prev.encode())


def log_of(items: Iterator[Draft]) -> Lines:
    lines, prev = [], GENESIS
    for seq, item in enumerate(items, 1):
        (entry,) = chained([item], seq=seq - 1, prev_hash=prev)
        lines.append(line(seq, item, prev, entry.hash))
        prev = entry.hash
    return lines


def checkpoint(lines: Lines) -> Signed:
    tree, last = Tree(), ""
    for one in lines:
        last = hash_in(one)
        tree.add(leaf(last))
    said = Checkpoint("acme", len(lines), last, tree.root().hex(), "2026-01-15T09:00:00+00:00", 1, public_key(SEED))
    return Signed(said, sign(said.text, SEED))


def hash_in(one: bytes) -> str:
    """Where a line has its hash."""
    return one[-146:-82].decode()


def bundle(path: Path, lines: Lines, taken: Signed) -> None:
    files = {"checkpoints.jsonl": taken.file, "proofs.json": b'{"consistency":[],"inclusion":[]}'}
    digest = hashlib.sha256()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        with out.open("entries.jsonl", "w", force_zip64=True) as file:
            for start in range(0, len(lines), 5000):
                block = b"".join(lines[start : start + 5000])
                file.write(block)
                digest.update(block)
        for name, content in files.items():
            out.writestr(name, content)
        sums = {name: {"sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()}
        sums["entries.jsonl"] = {"sha256": digest.hexdigest()}
        out.writestr("manifest.json", json.dumps({"organisation": "acme", "entries": len(lines), "files": sums}))


# --- Tampering --------------------------------------------------------------------------------------------------------


def changed(one: bytes, field: str, chance: random.Random) -> bytes:
    value = json.loads(one)
    place = value["entry"] if field in value["entry"] else value
    old = place[field]
    if field == "facts":
        place[field] = old | {"campaign": chance.randrange(1000, 2000)}
    elif field == "seq":
        place[field] = old + chance.choice([-1, 1, 1000])
    else:
        at = chance.randrange(len(old) or 1)
        place[field] = old[:at] + ("0" if old[at : at + 1] != "0" else "1") + old[at + 1 :]
    return written(value["entry"], value["hash"], value["prev_hash"])


def written(entry: dict[str, Any], found: str, prev: str) -> bytes:
    return f'{{"entry":{verify_evidence.canonical(entry)},"hash":"{found}","prev_hash":"{prev}"}}\n'.encode()


def made_to_fit(one: bytes, chance: random.Random) -> bytes:
    value = json.loads(changed(one, "facts", chance))
    text = verify_evidence.canonical(value["entry"]).encode()
    found = hashlib.sha256(b"\x00" + bytes.fromhex(value["prev_hash"]) + text).hexdigest()
    return written(value["entry"], found, value["prev_hash"])


def tamper(lines: Lines, place: int, how: str, chance: random.Random) -> tuple[Lines, int]:
    """(what stands there from `place` on instead, the number of the first bad entry). `place` counts from 0."""
    rest = lines[place : place + 3]
    match how:
        case "taken out":
            return rest[1:], place + 1
        case "moved":
            return [rest[1], rest[0], *rest[2:]], place + 1
        case "put in":
            return [rest[0], lines[chance.randrange(place)], *rest[1:]], place + 2
        case "made to fit":
            return [made_to_fit(rest[0], chance), *rest[1:]], place + 2
        case _:
            return [changed(rest[0], how, chance), *rest[1:]], place + 1


def first_bad(there: Lines, seq: int, prev: str) -> int:
    """The offline verifier's judgement of what follows entry `seq`, whose hash is `prev`; 0 when all of it fits."""
    for one in there:
        entry = verify_evidence.follows(one, seq + 1, prev)
        if entry is None:
            return seq + 1
        seq, prev = seq + 1, entry["hash"]
    return 0


WAYS = (*FIELDS, "taken out", "moved", "put in", "made to fit")


def tamperings(bench: Bench, lines: Lines, number: int, whole: int) -> None:
    chance = random.Random(20260115)
    rows, right, tried, from_start = [], 0, 0, 0
    for how in WAYS:
        found = 0
        share = number // len(WAYS) + (WAYS.index(how) < number % len(WAYS))
        for turn in range(share):
            place = chance.randrange(2, len(lines) - 3)
            there, bad = tamper(lines, place, how, chance)
            named = first_bad(there, place, hash_in(lines[place - 1]))
            if turn == 0 and from_start < whole:  # the whole log, through the verifier's own reading
                from_start += 1
                log = verify_evidence.Log(iter([*lines[:place], *there, *lines[place + 3 :]]), set(), {}, whole=True)  # type: ignore[arg-type]
                named = named if log.broken and log.good + 1 == named else -1
            found += named == bad
        rows.append([how, f"{share}", f"{found}"])
        right, tried = right + found, tried + share
    bench.table(["tampering", "tried", "first bad entry named"], rows)
    bench.figure("tamperings", tried)
    bench.figure("tamperings_with_the_whole_log", from_start)
    bench.bar("tamperings_found", right / tried, ">=", 1)


def insider(bench: Bench, lines: Lines, outside: Signed) -> None:
    """The log anew from one changed entry in the middle on, in itself without a fault, and signed again."""
    place = len(lines) // 2
    prev, anew = hash_in(lines[place - 1]), lines[:place]
    for seq, one in enumerate(lines[place:], place + 1):
        entry = json.loads(one)["entry"]
        if seq == place + 1:
            entry["facts"] |= {"campaign": 4711}
        text = verify_evidence.canonical(entry).encode()
        found = hashlib.sha256(b"\x00" + bytes.fromhex(prev) + text).hexdigest()
        anew.append(written(entry, found, prev))
        prev = found
    with tempfile.TemporaryDirectory() as folder:
        bundle(Path(folder) / "anew.zip", anew, checkpoint(anew))
        (Path(folder) / "outside.json").write_bytes(outside.file)
        alone = offline(Path(folder) / "anew.zip")
        against = offline(Path(folder) / "anew.zip", "--checkpoint", str(Path(folder) / "outside.json"))
    print(f"  the log made anew: alone {alone[1][-1]!r}; against an outside checkpoint {against[1][-1]!r}")
    bench.figure("made_anew_noticed_without_an_outside_checkpoint", alone[0])
    bench.bar("made_anew_found_by_an_outside_checkpoint", against[0], ">=", 1)


def offline(*arguments: object) -> tuple[int, list[str], float, int]:
    """(exit status, lines, seconds, peak memory in MiB) of the verifier as an auditor runs it."""
    script = Path(verify_evidence.__file__)
    # VmHWM begins anew with each program; getrusage would count what this process held when it forked.
    measure = (
        "import runpy, sys\nsys.argv[:1] = []\ntry:\n runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally: sys.stderr.write(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    start = time.perf_counter()
    command = [sys.executable, "-I", "-c", measure, str(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines(), time.perf_counter() - start, int(done.stderr or 0) // 1024


# --- Appending --------------------------------------------------------------------------------------------------------


def appending(calls: int, size: int) -> dict[str, float]:
    """Seconds an entry, in transactions of `size`: chained as the product does it, and such rows without a chain."""
    import django  # noqa: PLC0415 - of the process that has a database

    django.setup()
    from django.db import connection, transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from organisations.models import EvidenceEntry  # noqa: PLC0415
    from organisations.services import Event, append_evidence, create_organisation  # noqa: PLC0415
    from organisations.services.evidence_sql import ENTRY, sql_of, types_of  # noqa: PLC0415

    now = timezone.now()
    chain, plain = (create_organisation(slug=s, name=s, contact_email="a@b.example", now=now) for s in ("a", "b"))
    facts = {"campaign": 1, "policy": "x" * 20, "language": "de"}
    events = [Event("attestation.recorded", facts) for _ in range(size)]
    insert, text, last = sql_of(connection.vendor).entries, json.dumps(facts), 1
    if postgresql := connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in types_of(EvidenceEntry, ENTRY))
        insert = insert.partition("VALUES")[0] + f"SELECT * FROM unnest({arrays})"

    def chained_() -> None:
        append_evidence(organisation=chain, events=events, now=now)

    def unchained() -> None:
        nonlocal last
        at = now.isoformat()
        rows = [
            (plain.pk, last + number, at, event.kind, text, "", GENESIS, GENESIS)
            for number, event in enumerate(events, 1)
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            if postgresql:
                cursor.execute(insert, [list(column) for column in zip(*rows, strict=True)])
            else:
                cursor.executemany(insert, rows)
        last += size

    taken = {"chained": 0.0, "unchained": 0.0}
    for _ in range(calls):
        for name, way in (("chained", chained_), ("unchained", unchained)):
            start = time.perf_counter()
            way()
            taken[name] += time.perf_counter() - start
    return {name: seconds / calls / size for name, seconds in taken.items()}


def append(bench: Bench, quick: bool) -> None:
    databases = {"SQLite": "sqlite"}
    if url := os.environ.get("DATABASE_URL", ""):
        databases["PostgreSQL"] = url
    rows = []
    for label, database in databases.items():
        for size, calls in ((1, 50 if quick else 1000), (100, 10 if quick else 200), (10_000, 1 if quick else 5)):
            with tempfile.TemporaryDirectory() as folder:
                env = environment(database, folder)
                fresh_database(env)
                command = [sys.executable, "-m", "benchmarks.evidence", "--append", str(calls), str(size)]
                done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            for name, seconds in found.items():
                bench.figure(f"{label.lower()}_{size}_a_call_{name}_entries_a_second", 1 / seconds)
            ratio = found["chained"] / found["unchained"]
            rows.append(
                [label, f"{size:,}", *(f"{1 / found[n]:,.0f}" for n in ("unchained", "chained")), f"{ratio:.2f}"]
            )
            bench.figure(f"{label.lower()}_{size}_a_call_chained_over_unchained", ratio)
    bench.table(["database", "entries a call", "unchained a second (floor)", "chained a second", "× time"], rows)


def timed(way: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    return way(), time.perf_counter() - start


def main() -> None:
    if "--append" in sys.argv:
        calls, size = map(int, sys.argv[-2:])
        print(json.dumps(appending(calls, size)))
        return
    quick = quick_or_full(__doc__ or "")
    entries, number = (5_000, 110) if quick else (1_000_000, 1_000)
    bench = Bench("evidence: the log and its verification", f"{entries:,} entries, {number:,} tamperings")
    lines, seconds = timed(lambda: log_of(drafts(entries)))
    bench.figure("chaining_alone_us_an_entry", seconds / entries * 1e6)
    outside = checkpoint(lines)
    with tempfile.TemporaryDirectory() as folder:
        bundle(Path(folder) / "bundle.zip", lines, outside)
        status, said, seconds, memory = offline(Path(folder) / "bundle.zip")
    print(f"  offline: {entries:,} entries in {seconds:.1f} s, {memory} MiB at most: {said[-1]}\n")
    bench.figure("verify_offline_s", seconds)
    bench.figure("verify_offline_us_an_entry", seconds / entries * 1e6)
    bench.bar("untouched_log_fits", 1 - status, ">=", 1)
    bench.bar("verify_offline_s_for_this_log", seconds, "<=", 30)
    bench.bar("verify_offline_peak_mib", memory, "<=", 100)
    tamperings(bench, lines, number, whole=2 if quick else 4)
    insider(bench, lines, outside)
    append(bench, quick)
    bench.end()


if __name__ == "__main__":
    main()
