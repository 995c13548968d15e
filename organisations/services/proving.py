"""The log as a bundle has it: entries as lines, and Merkle proofs of what is in it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from organisations.models import Organisation
from organisations.queries.evidence import evidence_entries, evidence_entries_of, evidence_hashes, evidence_kinds
from organisations.rules.checkpoints import Signed
from organisations.rules.evidence import Entry, canonical
from organisations.rules.merkle import Span, Tree, consistency_spans, inclusion_spans, leaf

_PROVED = "report.made"  # whoever holds a report can show that this entry is in the log without showing the others

_TOLD = 10_000  # entries between two words on how far it is


def line_of(entry: Entry) -> bytes:
    """An entry as entries.jsonl has it: what is hashed, then the hashes."""
    body = canonical(
        {"seq": entry.seq, "at": entry.at, "kind": entry.kind, "facts": entry.facts, "commitment": entry.commitment}
    )
    return b'{"entry":%b,"hash":"%b","prev_hash":"%b"}\n' % (body, entry.hash.encode(), entry.prev_hash.encode())


class WholeLog:
    """The entries as lines, read once; the proofs as they can be made of it afterwards."""

    def __init__(
        self, organisation: Organisation, taken: list[Signed], step: Callable[[int], None] | None = None
    ) -> None:
        self._organisation, self._step = organisation, step
        self._sizes = [item.checkpoint.seq for item in taken]
        self._size = self._sizes[-1]
        self._proved = self._to_prove()
        spans = [span for old, new in self._pairs() for span in consistency_spans(old, new)]
        spans += [span for seq in self._proved for span in inclusion_spans(seq - 1, self._size)]
        self._tree = Tree(spans)

    def _to_prove(self) -> list[int]:
        return [entry.seq for entry in evidence_entries(self._organisation, self._size, kind=_PROVED)]

    def _pairs(self) -> Iterator[tuple[int, int]]:
        return zip(self._sizes, self._sizes[1:], strict=False)

    def kinds(self) -> list[tuple[str, int]]:
        return evidence_kinds(self._organisation, self._size)

    def lines(self) -> Iterator[bytes]:
        for entry in evidence_entries(self._organisation, self._size):
            if self._step and entry.seq % _TOLD == 1:
                self._step(entry.seq)
            self._tree.add(leaf(entry.hash))
            yield line_of(entry)

    def _place(self, _seq: int) -> dict[str, str]:
        """What a proof says beside the path: nothing, where the entry before it is in the bundle."""
        return {}

    def proofs(self) -> dict[str, Any]:
        return {
            "consistency": [
                {"old": old, "new": new, "proof": self._hashes(consistency_spans(old, new))}
                for old, new in self._pairs()
            ],
            "inclusion": [
                {
                    "seq": seq,
                    "in": self._size,
                    "proof": self._hashes(inclusion_spans(seq - 1, self._size)),
                    **self._place(seq),
                }
                for seq in self._proved
            ],
        }

    def _hashes(self, spans: list[Span]) -> list[str]:
        return [self._tree.hash_of(span).hex() for span in spans]


class ExcerptOfLog(WholeLog):
    """Of the other entries only the hashes are read, for the proofs."""

    def __init__(
        self,
        organisation: Organisation,
        taken: list[Signed],
        seqs: Sequence[int],
        step: Callable[[int], None] | None = None,
    ) -> None:
        self._entries = {entry.seq: entry for entry in evidence_entries_of(organisation, seqs)}
        super().__init__(organisation, taken, step)

    def _to_prove(self) -> list[int]:
        return sorted(self._entries)

    def kinds(self) -> list[tuple[str, int]]:
        return sorted(Counter(entry.kind for entry in self._entries.values()).items())

    def lines(self) -> Iterator[bytes]:
        for number, found in enumerate(evidence_hashes(self._organisation, self._size)):
            if self._step and number % _TOLD == 0:
                self._step(number)
            self._tree.add(leaf(found))
        for seq in self._proved:
            yield line_of(self._entries[seq])

    def _place(self, seq: int) -> dict[str, str]:
        return {"prev": self._entries[seq].prev_hash}
