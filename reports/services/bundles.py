"""A report for an auditor: its files, what the log says about them, and the proofs."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from io import BufferedRandom
from pathlib import Path

from organisations.models import EvidenceCheckpoint, User
from organisations.services import Event, Excerpt, append_evidence, take_checkpoint, write_bundle
from reports.models import Report
from reports.queries import checkpoint_over, entries_about

_BLOCK = 1 << 20


class NoBundle(Exception):
    """No bundle can be made; the message says why in words."""


def write_report_bundle(*, report: Report, out: BufferedRandom, user: User, now: datetime) -> str:
    """Writes the bundle to `out`, logs that `user` got it, and returns its SHA-256.

    The same report under the same checkpoint makes the same bytes. Raises NoBundle when a file is gone, or when the log
    is damaged and so nothing can be signed.
    """
    paths = {extension: report.path_of(extension) for extension in report.files}
    there = {extension: path for extension, path in paths.items() if path}
    if not paths or len(there) < len(paths):
        raise NoBundle("The files of this report are not kept any more.")
    names = {extension: report.name_of(extension) for extension in there}
    checkpoint = _checkpoint(report, now)
    seqs = entries_about(report, checkpoint.seq)
    write_bundle(
        organisation=report.organisation,
        checkpoint=checkpoint,
        out=out,
        extra=[(names[extension], _blocks(path)) for extension, path in there.items()],
        excerpt=Excerpt(seqs, {"number": report.pk, "files": names}),
    )
    out.seek(0)
    sha256 = hashlib.file_digest(out, "sha256").hexdigest()
    out.seek(0)
    event = Event("report.bundle_downloaded", {"report": report.pk, "user": user.pk, "sha256": sha256})
    append_evidence(organisation=report.organisation, events=[event], now=now)
    return sha256


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
