"""The Merkle tree of RFC 9162, section 2.1, over a log that is read once: a root, proofs that an entry is in it, and
proofs that a longer log continues a shorter one. Hashes are 32 bytes; a leaf is the hash of an entry's hash.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import reduce

# A piece of the log from entry `first` (from 0) up to, not with, `last`.
Span = tuple[int, int]


def leaf(entry_hash: str) -> bytes:
    """SHA-256(0x00 ‖ the entry's hash)."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(entry_hash)).digest()


def node(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Takes leaves one after the other and holds one hash for each binary digit of their number, no more.

    `keep` names spans, as the proofs below do, whose hashes are wanted: afterwards they are in `hash_of`.
    `peaks` continue a tree that was left at `size`.
    """

    def __init__(self, keep: Iterable[Span] = (), *, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(peaks):
            raise ValueError("a tree of this size has another number of peaks")
        self.size, self.peaks = size, list(peaks)
        self._wanted = {piece for span in keep for piece in _perfect(*span)}
        self._found: dict[Span, bytes] = {}

    def add(self, found: bytes) -> None:
        first, width = self.size, 1
        self._note(first, width, found)
        while self.size & width:  # as many full neighbours to the left as the number ends in ones
            found = node(self.peaks.pop(), found)
            first, width = first - width, width * 2
            self._note(first, width, found)
        self.peaks.append(found)
        self.size += 1

    def _note(self, first: int, width: int, found: bytes) -> None:
        if self._wanted and (first, first + width) in self._wanted:
            self._found[first, first + width] = found

    def root(self) -> bytes:
        return _joined(self.peaks) if self.peaks else hashlib.sha256(b"").digest()

    def hash_of(self, span: Span) -> bytes:
        """Of a span that was to be kept and is complete. Raises KeyError for another."""
        return _joined([self._found[piece] for piece in _perfect(*span)])


def _joined(peaks: Sequence[bytes]) -> bytes:
    return reduce(lambda right, left: node(left, right), reversed(peaks[:-1]), peaks[-1])


def _perfect(first: int, last: int) -> list[Span]:
    """A span in pieces whose lengths are powers of two, longest first."""
    pieces = []
    while first < last:
        width = 1 << ((last - first).bit_length() - 1)
        pieces.append((first, first + width))
        first += width
    return pieces


def _half(width: int) -> int:
    """The largest power of two below `width`, which is at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """What proves that leaf `index` is in the tree of the first `size` leaves, from the leaf upwards.

    Raises ValueError for a leaf that is not.
    """
    if not 0 <= index < size:
        raise ValueError("that entry is not in this tree")
    first, last, found = 0, size, []
    while last - first > 1:
        middle = first + _half(last - first)
        found.append((middle, last) if index < middle else (first, middle))
        first, last = (first, middle) if index < middle else (middle, last)
    return found[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """What proves that the tree of `new` leaves continues the one of `old`. Raises ValueError for sizes without one."""
    if not 0 < old <= new:
        raise ValueError("there is a proof only from a tree with leaves to one at least as large")
    first, last, found, whole = 0, new, list[Span](), True
    while last != old:
        middle = first + _half(last - first)
        if old <= middle:
            found.append((middle, last))
            last = middle
        else:
            found.append((first, middle))
            first, whole = middle, False
    return ([] if whole else [(first, last)]) + found[::-1]


def is_included(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf_hash
    for step in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node(step, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node(found, step)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def is_continued(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not proof or not path:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            before, after = node(step, before), node(step, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node(after, step)
        number, last = number >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
