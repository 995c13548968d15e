"""A report for an auditor: its files, what the log says about them, and the proofs."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BufferedRandom
from pathlib import Path

from organisations.models import EvidenceCheckpoint
from organisations.services import Excerpt, take_checkpoint, write_bundle
from reports.models import Report
from reports.queries import checkpoint_over, entries_about

_BLOCK = 1 << 20

Step = Callable[[int, int], None]
"""Told how many entries of the log were read, and how many there are."""


class NoBundle(Exception):
    """No bundle can be made; the message says why in words."""


def write_report_bundle(*, report: Report, out: BufferedRandom, step: Step, now: datetime) -> str:
    """Writes the bundle to `out` and returns its SHA-256.

    The same report under the same checkpoint makes the same bytes. Raises NoBundle when a file is gone, or when the log
    is damaged and so nothing can be signed.
    """
    paths = {extension: report.path_of(extension) for extension in report.files}
    there = {extension: path for extension, path in paths.items() if path}
    if not paths or len(there) < len(paths):
        raise NoBundle("The files of this report are not kept any more.")
    names = {extension: report.name_of(extension) for extension in there}
    checkpoint = _checkpoint(report, now)
    about = {"number": report.pk, "files": names} | ({"signature": report.signature} if report.signature else {})
    write_bundle(
        organisation=report.organisation,
        checkpoint=checkpoint,
        out=out,
        extra=[(names[extension], _blocks(path)) for extension, path in there.items()],
        excerpt=Excerpt(entries_about(report, checkpoint.seq), about),
        step=lambda read: step(read, checkpoint.seq),
    )
    step(checkpoint.seq, checkpoint.seq)
    out.seek(0)
    return hashlib.file_digest(out, "sha256").hexdigest()


def _checkpoint(report: Report, now: datetime) -> EvidenceCheckpoint:
    """One that the report's making stands before; taken now where its worker died before it could."""
    found = checkpoint_over(report) or take_checkpoint(organisation=report.organisation, now=now)
    if found is None:
        raise NoBundle("The evidence log is damaged, so nothing can be proved by it. Check it to see where it breaks.")
    return found


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
