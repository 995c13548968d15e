"""The evidence log, its checkpoints and what leaves the house."""

import hashlib
import json
import uuid
from pathlib import Path

from django.conf import settings
from django.db import models

from organisations.models.tenants import Organisation, User
from organisations.rules.checkpoints import Checkpoint, Signed
from organisations.walls import Owned


class EvidenceHead(Owned):
    """Where an organisation's chain ends. Locking this row puts writers in line."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="+", primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.seq}"


class EvidenceEntry(Owned):
    """One line of the tamper-evident log. Database triggers refuse every UPDATE and DELETE."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveBigIntegerField()
    at = models.CharField(max_length=32, help_text="UTC, ISO 8601, exactly as hashed")
    kind = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    commitment = models.CharField(max_length=64, blank=True)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "seq"], name="evidence_seq_once")]
        indexes = [models.Index(fields=["organisation", "kind", "seq"], name="evidence_of_a_kind")]
        ordering = ["organisation", "seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class EvidencePersonal(Owned):
    """The personal half of an entry: erasing this row leaves a chain that still verifies and says nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    entry = models.OneToOneField(EvidenceEntry, on_delete=models.PROTECT, related_name="personal")
    salt = models.BinaryField(max_length=32)
    content = models.JSONField()
    subject = models.BigIntegerField(
        null=True, db_index=True, help_text="The employee whom it is about: all of one person's is found by it."
    )

    def __str__(self) -> str:
        return f"personal part of {self.entry_id}"


class EvidenceKey(Owned):
    """A key that has signed checkpoints of an organisation. The public half stays known when the key is long gone."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(help_text="its number in EVIDENCE_KEYS then")
    public_key = models.CharField(max_length=64, help_text="Ed25519, hexadecimal")
    seq = models.PositiveBigIntegerField(help_text="The entry that says so")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "public_key"], name="evidence_key_once")]

    def __str__(self) -> str:
        return f"{self.version} {self.public_key[:8]}"


class EvidenceCheckpoint(Owned):
    """A signed statement of where the log stood. Database triggers refuse every UPDATE and DELETE."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveBigIntegerField()
    text = models.TextField(help_text="organisations.rules.checkpoints.Checkpoint.text, exactly as signed")
    signature = models.CharField(max_length=128)
    countersignature = models.CharField(max_length=128, blank=True, help_text="by the key before it, where it is new")
    peaks = models.TextField(help_text="Of the Merkle tree, so that the next one reads only what is new")
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "seq"], name="evidence_checkpoint_once")]

    def __str__(self) -> str:
        return f"checkpoint at {self.seq}"

    @property
    def signed(self) -> Signed:
        return Signed(Checkpoint.read(json.loads(self.text)), self.signature, self.countersignature)

    @property
    def short(self) -> str:
        """As people compare it by eye: the beginning of the SHA-256 of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @property
    def download_name(self) -> str:
        return f"checkpoint-{self.signed.checkpoint.organisation}-{self.seq:09d}.json"


class EvidenceTimestamp(Owned):
    """An outside authority's word (RFC 3161) that a checkpoint was there at a time; a row is made when it is asked."""

    checkpoint = models.OneToOneField(EvidenceCheckpoint, on_delete=models.PROTECT, related_name="timestamp")
    token = models.BinaryField(null=True, help_text="The authority's reply, DER")
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    detail = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"timestamp of {self.checkpoint_id}"


class EvidenceOutside(Owned):
    """An address outside the house that gets every checkpoint."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(help_text="lower case")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "email"], name="evidence_outside_once")]

    def __str__(self) -> str:
        return self.email


class CheckpointMail(Owned):
    """One checkpoint for one address. The row is the record: a worker claims it, sends it, and writes that down."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    checkpoint = models.ForeignKey(EvidenceCheckpoint, on_delete=models.PROTECT, related_name="mails")
    email = models.EmailField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField(help_text="a claim is a later time to try again")
    attempts = models.PositiveSmallIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "email"], name="checkpoint_mail_once")]
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} to {self.email}"


class EvidenceJob(Owned):
    """A long look at the log that a page asked for: a check from end to end, or a bundle for an auditor."""

    class Kind(models.TextChoices):
        CHECK = "check"
        BUNDLE = "bundle"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    read = models.PositiveBigIntegerField(default=0, help_text="entries so far")
    total = models.PositiveBigIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="in words; empty: none")
    file = models.CharField(max_length=200, blank=True, help_text="below MEDIA_ROOT")
    sha256 = models.CharField(max_length=64, blank=True)
    since = models.DateTimeField(null=True, blank=True, help_text="When it began to wait, or a worker took it up")
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "kind", "-id"]), models.Index(fields=["state"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.file

    @property
    def running(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}
