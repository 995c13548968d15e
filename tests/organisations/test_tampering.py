"""Every tampering with a log is found, and the first bad entry is named: by the product and by the offline verifier."""

import dataclasses
import hashlib
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from organisations.offline import verify_evidence
from organisations.rules.auditing import KEY_ADDED, audit
from organisations.rules.checkpoints import Checkpoint, Signed
from organisations.rules.evidence import GENESIS, Entry, chained, draft, first_broken
from organisations.rules.merkle import Tree, leaf
from organisations.services.proving import line_of
from organisations.signing import is_signed, public_key, sign

SEED = b"\x07" * 32
KEY = {"key": 1, "public_key": public_key(SEED)}


def log_of(facts: list[dict[str, Any]]) -> list[Entry]:
    items = [("organisation.created", {}), (KEY_ADDED, KEY), *(("thing.done", item) for item in facts)]
    at = "2026-01-15T09:00:00.000000+00:00"
    drafts = [draft(at=at, kind=kind, facts=item, commitment="ab" * 32) for kind, item in items]
    return chained(drafts, seq=0, prev_hash=GENESIS)


def signed_over(entries: list[Entry]) -> Signed:
    tree = Tree()
    for entry in entries:
        tree.add(leaf(entry.hash))
    head, root = entries[-1].hash, tree.root().hex()
    said = Checkpoint("acme", len(entries), head, root, "2026-01-15T09:00:00+00:00", 1, KEY["public_key"])  # type: ignore[arg-type]
    return Signed(said, sign(said.text, SEED))


def offline_first_bad(entries: list[Entry]) -> int | None:
    log = verify_evidence.Log(iter([line_of(entry) for entry in entries]), set(), {}, whole=True)  # type: ignore[arg-type]
    return log.good + 1 if log.broken else None


LOGS = st.lists(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5), max_size=2), min_size=4)


def flipped(text: str, place: int) -> str:
    place %= len(text)
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]


FIELDS: dict[str, Callable[[Any, int], Any]] = {
    "seq": lambda old, by: old + 1 + by,
    "at": flipped,
    "kind": lambda old, by: old + "x",
    "facts": lambda old, by: {**old, "tampered": by},
    "commitment": flipped,
    "prev_hash": flipped,
    "hash": flipped,
}


@given(LOGS, st.data())
def test_no_field_of_any_entry_can_be_changed(facts: list[dict[str, Any]], data: st.DataObject) -> None:
    entries = log_of(facts)
    place = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from(sorted(FIELDS)))
    new = FIELDS[field](getattr(entries[place], field), data.draw(st.integers(0, 99)))
    entries[place] = dataclasses.replace(entries[place], **{field: new})
    assert first_broken(entries) == offline_first_bad(entries) == place + 1


@given(LOGS, st.data())
def test_nothing_can_be_taken_out_moved_or_put_in(facts: list[dict[str, Any]], data: st.DataObject) -> None:
    entries = log_of(facts)
    place = data.draw(st.integers(0, len(entries) - 2))
    out = [*entries[:place], *entries[place + 1 :]]
    assert first_broken(out) == offline_first_bad(out) == place + 1
    other = data.draw(st.integers(place + 1, len(entries) - 1))
    moved = [*entries]
    moved[place], moved[other] = moved[other], moved[place]
    assert first_broken(moved) == offline_first_bad(moved) == place + 1
    more = [*entries[: other + 1], entries[place], *entries[other + 1 :]]
    assert first_broken(more) == offline_first_bad(more) == other + 2


@given(LOGS, st.data())
def test_a_change_that_is_made_to_fit_breaks_the_next_entry(facts: list[dict[str, Any]], data: st.DataObject) -> None:
    entries = log_of(facts)
    place = data.draw(st.integers(0, len(entries) - 2))
    old = entries[place]
    item = draft(at=old.at, kind=old.kind, facts={**old.facts, "tampered": 1}, commitment=old.commitment)
    (entries[place],) = chained([item], seq=place, prev_hash=old.prev_hash)
    assert first_broken(entries) == offline_first_bad(entries) == place + 2


@given(LOGS, st.data())
def test_a_cut_or_a_log_made_anew_does_not_fit_what_was_signed(
    facts: list[dict[str, Any]], data: st.DataObject
) -> None:
    entries = log_of(facts)
    size = data.draw(st.integers(3, len(entries)))
    outside = signed_over(entries[:size])

    def problems(now: list[Entry]) -> list[str]:
        taken = [signed_over(now)]
        head = (len(now), now[-1].hash)
        found = audit(now, organisation="acme", head=head, checkpoints=taken, outside=[outside], is_signed=is_signed)
        return [line for line in found.problems if "not among" not in line]

    assert problems(entries) == []
    assert any("says that the log had" in line for line in problems(entries[: size - 1]))
    changed = data.draw(st.integers(2, size - 1))
    anew = [
        draft(at=e.at, kind=e.kind, facts={**e.facts, **({"tampered": 1} if e.seq == changed + 1 else {})},
              commitment=e.commitment)
        for e in entries
    ]  # fmt: skip
    rebuilt = chained(anew, seq=0, prev_hash=GENESIS)
    assert first_broken(rebuilt) is None
    assert any("over other entries" in line for line in problems(rebuilt))


def test_no_entry_says_the_same_as_another_by_chance_of_form() -> None:
    """Fields that run into each other make different bytes: `a`,`bc` is not `ab`,`c`."""
    at, seen = "2026-01-15T09:00:00.000000+00:00", set()
    for kind, bound in (("a", "bc"), ("ab", "c"), ("a,", "bc"), ('a","x":"', "bc")):
        (entry,) = chained([draft(at=at, kind=kind, facts={}, commitment=bound)], seq=0, prev_hash=GENESIS)
        seen.add(entry.hash)
    assert len(seen) == 4
    assert hashlib.sha256(b"").hexdigest() not in seen
