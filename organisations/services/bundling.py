"""The evidence bundle: a ZIP that an auditor checks without us."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string

from organisations.models import EvidenceCheckpoint, EvidenceTimestamp, Organisation
from organisations.queries.evidence import signed_checkpoints
from organisations.services.proving import ExcerptOfLog, WholeLog
from organisations.signing import public_pem

FORM = "offswitch-evidence-bundle-1"
VERIFIER = Path(settings.BASE_DIR) / "organisations" / "offline" / "verify_evidence.py"
_SAME_DAY = (1980, 1, 1, 0, 0, 0)  # the same log makes the same bytes


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


@dataclass(frozen=True)
class Excerpt:
    """Some entries of the log in place of all of it, each with the proof that it is there.

    `about` is what the manifest says of the report that they are about: its number, and its files by kind.
    """

    seqs: Sequence[int]
    about: Mapping[str, Any]


def write_bundle(
    *,
    organisation: Organisation,
    checkpoint: EvidenceCheckpoint,
    out: IO[bytes],
    extra: Iterable[tuple[str, Iterable[bytes]]] = (),
    step: Callable[[int], None] | None = None,
    excerpt: Excerpt | None = None,
) -> str:
    """Writes the log up to `checkpoint`, or an excerpt of it, with proofs to `out`; the same log makes the same bytes.

    `extra` are more files, (name, blocks), which the manifest then covers. `step` hears how many entries were read.
    Entries only: nothing of their personal halves. Returns the SHA-256 of the manifest.
    """
    taken = signed_checkpoints(organisation, up_to=checkpoint.seq)
    log = ExcerptOfLog(organisation, taken, excerpt.seqs, step) if excerpt else WholeLog(organisation, taken, step)
    stamps, more = list(_stamps(organisation, checkpoint)), list(extra)
    readme = {
        "organisation": organisation, "made": checkpoint, "said": checkpoint.signed.checkpoint, "stamps": stamps,
        "excerpt": excerpt, "extra": [name for name, _blocks in more], "kinds": log.kinds(),
    }  # fmt: skip
    with closing(_Bundle(out)) as bundle:  # also when `step` ends it half-way: `out` may be gone when it is collected
        bundle.add("README.txt", [render_to_string("organisations/bundle_readme.txt", readme).encode()])
        bundle.add("entries.jsonl", log.lines())
        bundle.add("checkpoints.jsonl", [item.file for item in taken])
        bundle.add("proofs.json", [_json(log.proofs())])
        bundle.add("public_key.pem", [public_pem(checkpoint.signed.checkpoint.public_key)])
        bundle.add(VERIFIER.name, [VERIFIER.read_bytes()])
        for name, content in stamps:
            bundle.add(name, [content])
        for name, blocks in more:
            bundle.add(name, blocks)
        about = {"form": FORM, "organisation": organisation.slug, "entries": checkpoint.seq, "files": bundle.files}
        manifest = _json(about | {"report": excerpt.about} if excerpt else about)
        bundle.add("manifest.json", [manifest])
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
