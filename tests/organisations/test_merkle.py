"""The Merkle tree of RFC 9162: against published answers, against a naive computation, and every bit counts."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organisations.rules.merkle import Span, Tree, consistency_spans, inclusion_spans, is_continued, is_included, leaf

# Certificate Transparency's reference vectors (leaves are raw bytes there, entry hashes here).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A, B = (
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
)
C, D = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)
E, F = (
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
)
INCLUDED = {(0, 1): [], (0, 8): [C, A, D], (5, 8): [B, E, ROOTS[3]], (2, 3): [ROOTS[1]], (1, 5): [ROOTS[0], A, B]}
CONTINUED = {(1, 1): [], (1, 8): [C, A, D], (6, 8): [F, E, ROOTS[3]], (2, 5): [A, B]}


def tree_of(leaves: Sequence[bytes], keep: Sequence[Span] = ()) -> Tree:
    tree = Tree(keep)
    for item in leaves:
        tree.add(item)
    return tree


def naive(leaves: Sequence[bytes]) -> bytes:
    """The definition, word for word: RFC 9162, 2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:split]) + naive(leaves[split:])).digest()


def proof(leaves: Sequence[bytes], spans: Sequence[Span]) -> list[bytes]:
    tree = tree_of(leaves, spans)
    return [tree.hash_of(span) for span in spans]


VECTORS = [leaf(text) for text in INPUTS]


def test_the_published_roots() -> None:
    assert [tree_of(VECTORS[:size]).root().hex() for size in range(1, 9)] == ROOTS
    assert tree_of([]).root() == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(("place", "wanted"), INCLUDED.items())
def test_the_published_proofs_of_inclusion(place: tuple[int, int], wanted: list[str]) -> None:
    index, size = place
    found = proof(VECTORS[:size], inclusion_spans(index, size))
    assert [step.hex() for step in found] == wanted
    assert is_included(VECTORS[index], index, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("place", "wanted"), CONTINUED.items())
def test_the_published_proofs_of_consistency(place: tuple[int, int], wanted: list[str]) -> None:
    old, new = place
    found = proof(VECTORS[:new], consistency_spans(old, new))
    assert [step.hex() for step in found] == wanted
    assert is_continued(old, new, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]), found)


LEAVES = [leaf(hashlib.sha256(bytes([number])).hexdigest()) for number in range(130)]


@pytest.mark.parametrize("size", [*range(1, 20), 31, 32, 33, 64, 65, 127, 128, 129])
def test_every_proof_of_a_tree_holds_and_no_other(size: int) -> None:
    leaves = LEAVES[:size]
    root = naive(leaves)
    assert tree_of(leaves).root() == root
    for index in range(size):
        found = proof(leaves, inclusion_spans(index, size))
        assert is_included(leaves[index], index, size, found, root)
        assert not is_included(LEAVES[129], index, size, found, root)
        assert not is_included(leaves[index], index, size, [*found, root], root)
        assert size == 1 or not is_included(leaves[index], (index + 1) % size, size, found, root)
        assert size == 1 or not is_included(leaves[index], index, size, found[:-1], root)
    for old in range(1, size + 1):
        found = proof(leaves, consistency_spans(old, size))
        assert is_continued(old, size, naive(leaves[:old]), root, found)
        assert not is_continued(old, size, LEAVES[129], root, found)
        assert not is_continued(old, size, naive(leaves[:old]), LEAVES[129], found)
        assert not is_continued(old, size, naive(leaves[:old]), root, [*found, root])


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70), st.data())
def test_any_tree_agrees_with_the_definition(leaves: list[bytes], data: st.DataObject) -> None:
    tree = tree_of(leaves)
    assert tree.root() == naive(leaves)
    cut = data.draw(st.integers(0, len(leaves)))
    resumed = Tree(size=cut, peaks=tree_of(leaves[:cut]).peaks)
    for item in leaves[cut:]:
        resumed.add(item)
    assert resumed.root() == tree.root()
    index = data.draw(st.integers(0, len(leaves) - 1))
    found = proof(leaves, inclusion_spans(index, len(leaves)))
    assert is_included(leaves[index], index, len(leaves), found, tree.root())
    if found:
        place, bit = data.draw(st.integers(0, len(found) - 1)), data.draw(st.integers(0, 255))
        flipped = (int.from_bytes(found[place], "big") ^ (1 << bit)).to_bytes(32, "big")
        bad = [*found[:place], flipped, *found[place + 1 :]]
        assert not is_included(leaves[index], index, len(leaves), bad, tree.root())


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in this tree"):
        inclusion_spans(index, size)
    assert not is_included(LEAVES[0], index, size, [], LEAVES[0])


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_nothing_continues_an_empty_or_a_longer_log(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="proof"):
        consistency_spans(old, new)
    assert not is_continued(old, new, LEAVES[0], LEAVES[0], [])


def test_a_tree_is_resumed_only_with_the_peaks_that_it_had() -> None:
    with pytest.raises(ValueError, match="peaks"):
        Tree(size=3, peaks=[LEAVES[0]])
