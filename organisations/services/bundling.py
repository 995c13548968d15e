"""The evidence bundle: a ZIP that an auditor checks without us."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string

from organisations.models import EvidenceCheckpoint, EvidenceTimestamp, Organisation
from organisations.queries.evidence import evidence_entries, signed_checkpoints
from organisations.rules.checkpoints import Signed
from organisations.rules.evidence import Entry, canonical
from organisations.rules.merkle import Span, Tree, consistency_spans, inclusion_spans, leaf

FORM = "offswitch-evidence-bundle-1"
VERIFIER = Path(settings.BASE_DIR) / "organisations" / "offline" / "verify_evidence.py"
_SAME_DAY = (1980, 1, 1, 0, 0, 0)  # the same log makes the same bytes
_PROVED = "report.made"  # whoever holds a report can show that this entry is in the log without showing the others


class _Bundle:
    """Writes members in order, with the SHA-256 and size of each."""

    def __init__(self, out: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, blocks: Iterable[bytes]) -> None:
        info = zipfile.ZipInfo(name, _SAME_DAY)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as file:
            for block in blocks:
                file.write(block)
                digest.update(block)
                size += len(block)
        self.files[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def close(self) -> None:
        self._zip.close()


def write_bundle(
    *,
    organisation: Organisation,
    checkpoint: EvidenceCheckpoint,
    out: IO[bytes],
    extra: Iterable[tuple[str, Iterable[bytes]]] = (),
    step: Callable[[int], None] | None = None,
) -> str:
    """Writes the log up to `checkpoint` with its proofs to `out`; the same log makes the same bytes.

    `extra` are more files, (name, blocks), which the manifest then covers. `step` hears how many entries were written.
    Entries only: nothing of their personal halves. Returns the SHA-256 of the manifest.
    """
    taken = signed_checkpoints(organisation, up_to=checkpoint.seq)
    log = _Log(organisation, taken, step)
    bundle = _Bundle(out)
    context = {"organisation": organisation, "made": checkpoint, "said": checkpoint.signed.checkpoint}
    bundle.add("README.txt", [render_to_string("organisations/bundle_readme.txt", context).encode()])
    bundle.add("entries.jsonl", log.lines())
    bundle.add("checkpoints.jsonl", [item.file for item in taken])
    bundle.add("proofs.json", [_json(log.proofs())])
    bundle.add(VERIFIER.name, [VERIFIER.read_bytes()])
    for name, content in _stamps(organisation, checkpoint):
        bundle.add(name, [content])
    for name, blocks in extra:
        bundle.add(name, blocks)
    about = {"form": FORM, "organisation": organisation.slug, "entries": checkpoint.seq, "files": bundle.files}
    manifest = _json(about)
    bundle.add("manifest.json", [manifest])
    bundle.close()
    return hashlib.sha256(manifest).hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _stamps(organisation: Organisation, checkpoint: EvidenceCheckpoint) -> Iterator[tuple[str, bytes]]:
    """Outside timestamps, each beside the very bytes that it stamps."""
    rows = EvidenceTimestamp.objects.filter(checkpoint__organisation=organisation, checkpoint__seq__lte=checkpoint.seq)
    for row in rows.exclude(token=None).select_related("checkpoint").order_by("checkpoint__seq"):
        name = f"timestamps/{row.checkpoint.download_name}"
        yield name, row.checkpoint.signed.file
        yield name.removesuffix("json") + "tsr", bytes(row.token or b"")


def line_of(entry: Entry) -> bytes:
    """An entry as entries.jsonl has it: what is hashed, then the hashes."""
    body = canonical(
        {"seq": entry.seq, "at": entry.at, "kind": entry.kind, "facts": entry.facts, "commitment": entry.commitment}
    )
    return b'{"entry":%b,"hash":"%b","prev_hash":"%b"}\n' % (body, entry.hash.encode(), entry.prev_hash.encode())


class _Log:
    """The entries as lines, read once; the proofs as they can be made of it afterwards."""

    def __init__(self, organisation: Organisation, taken: list[Signed], step: Callable[[int], None] | None) -> None:
        self._organisation, self._step = organisation, step
        self._sizes = [item.checkpoint.seq for item in taken]
        self._size = self._sizes[-1]
        reports = evidence_entries(organisation, self._size, kind=_PROVED)
        self._proved = [entry.seq for entry in reports]
        spans = [span for old, new in self._pairs() for span in consistency_spans(old, new)]
        spans += [span for seq in self._proved for span in inclusion_spans(seq - 1, self._size)]
        self._tree = Tree(spans)

    def _pairs(self) -> Iterator[tuple[int, int]]:
        return zip(self._sizes, self._sizes[1:], strict=False)

    def lines(self) -> Iterator[bytes]:
        for entry in evidence_entries(self._organisation, self._size):
            if self._step and entry.seq % 10_000 == 1:
                self._step(entry.seq)
            self._tree.add(leaf(entry.hash))
            yield line_of(entry)

    def proofs(self) -> dict[str, Any]:
        return {
            "consistency": [
                {"old": old, "new": new, "proof": self._hashes(consistency_spans(old, new))}
                for old, new in self._pairs()
            ],
            "inclusion": [
                {"seq": seq, "in": self._size, "proof": self._hashes(inclusion_spans(seq - 1, self._size))}
                for seq in self._proved
            ],
        }

    def _hashes(self, spans: list[Span]) -> list[str]:
        return [self._tree.hash_of(span).hex() for span in spans]
