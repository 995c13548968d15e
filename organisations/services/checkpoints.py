"""Taking checkpoints: where the log stands, signed, and on its way out of the house."""

import logging
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from organisations.models import (
    CheckpointMail,
    EvidenceCheckpoint,
    EvidenceHead,
    EvidenceKey,
    EvidenceTimestamp,
    Organisation,
)
from organisations.queries.evidence import checkpoints, evidence_entries, evidence_head, outside_addresses
from organisations.rules.auditing import KEY_ADDED
from organisations.rules.checkpoints import Checkpoint
from organisations.rules.evidence import GENESIS, follows
from organisations.rules.merkle import Tree, leaf
from organisations.services.evidence import Event, append_evidence
from organisations.signing import public_key, sign

logger = logging.getLogger(__name__)


def take_checkpoint(*, organisation: Organisation, now: datetime) -> EvidenceCheckpoint | None:
    """Signs where the log stands now; the last one when nothing was added since.

    Reads only what came after the last one. None when those entries do not continue it: nothing is signed over a
    damaged log, and the error is logged.
    """
    version = max(settings.EVIDENCE_KEYS)
    key = public_key(settings.EVIDENCE_KEYS[version])
    _know_key(organisation, version, key, now)
    last = checkpoints(organisation).first()
    seq, head = evidence_head(organisation)
    if last and last.seq == seq:
        return last
    tree = _grown(organisation, last, seq)
    if tree is None:
        return None
    said = Checkpoint(
        organisation=organisation.slug,
        seq=seq,
        head=head,
        root=tree.root().hex(),
        at=now.astimezone(UTC).isoformat(timespec="seconds"),
        key=version,
        public_key=key,
        previous=last.signed.checkpoint.sha256 if last else GENESIS,
    )
    return _keep(organisation, last, said, tree, now)


@transaction.atomic
def _know_key(organisation: Organisation, version: int, key: str, now: datetime) -> None:
    """A key that signs is in the log before anything that it signs."""
    known = EvidenceKey.objects.filter(organisation=organisation, public_key=key)
    if known.exists():
        return
    EvidenceHead.objects.select_for_update().filter(organisation=organisation).first()  # one at a time
    if known.exists():
        return
    entries = append_evidence(
        organisation=organisation, events=[Event(KEY_ADDED, {"key": version, "public_key": key})], now=now
    )
    EvidenceKey.objects.create(
        organisation=organisation, version=version, public_key=key, seq=entries[-1].seq, added_at=now
    )


def _grown(organisation: Organisation, last: EvidenceCheckpoint | None, seq: int) -> Tree | None:
    """The tree over the first `seq` entries, grown from where the last checkpoint stood."""
    at, prev, tree = 0, GENESIS, Tree()
    if last:
        said = last.signed.checkpoint
        at, prev = said.seq, said.head
        tree = Tree(size=at, peaks=[bytes.fromhex(peak) for peak in last.peaks.split()])
        if tree.root().hex() != said.root:
            logger.error("The evidence log of %s: what was kept of checkpoint %s is damaged.", organisation.slug, at)
            return None
    for entry in evidence_entries(organisation, seq, after=at):
        at += 1
        if not follows(entry, at, prev):
            break
        prev = entry.hash
        tree.add(leaf(prev))
    if tree.size != seq:
        logger.error("The evidence log of %s is broken at entry %s: not signed.", organisation.slug, tree.size + 1)
        return None
    return tree


@transaction.atomic
def _keep(
    organisation: Organisation, last: EvidenceCheckpoint | None, said: Checkpoint, tree: Tree, now: datetime
) -> EvidenceCheckpoint:
    EvidenceHead.objects.select_for_update().get(organisation=organisation)  # one at a time
    newest = checkpoints(organisation).first()
    if newest != last and newest is not None:
        return newest  # somebody else was first
    made = EvidenceCheckpoint.objects.create(
        organisation=organisation,
        seq=said.seq,
        text=said.text,
        signature=sign(said.text, settings.EVIDENCE_KEYS[said.key]),
        countersignature=_countersigned(last, said),
        peaks=" ".join(peak.hex() for peak in tree.peaks),
        taken_at=now,
    )
    send_out(made, outside_addresses(organisation), now)
    if settings.TIMESTAMP_URL:
        EvidenceTimestamp.objects.create(checkpoint=made, due_at=now)
    return made


def send_out(made: EvidenceCheckpoint, addresses: list[str], now: datetime) -> None:
    """Rows that a worker mails; one that is there already stays as it is."""
    rows = [CheckpointMail(checkpoint=made, email=email, due_at=now) for email in addresses]
    CheckpointMail.objects.bulk_create(rows, ignore_conflicts=True)


def _countersigned(last: EvidenceCheckpoint | None, said: Checkpoint) -> str:
    """By the key of the checkpoint before, where that was another one and is still set; else empty."""
    if last is None or last.signed.checkpoint.public_key == said.public_key:
        return ""
    before = last.signed.checkpoint.public_key
    seed = next((seed for seed in settings.EVIDENCE_KEYS.values() if public_key(seed) == before), None)
    return sign(said.text, seed) if seed else ""
