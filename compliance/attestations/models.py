from django.db import models
from django.utils import timezone

from compliance.campaigns.models import AttestationRequest
from compliance.catalogue.rules import Answer


class Attestation(models.Model):
    """One answer, append-only; a correction is a new row. No address, device or free text is kept."""

    request = models.ForeignKey(AttestationRequest, on_delete=models.CASCADE, related_name="attestations")
    answer = models.CharField(max_length=20, choices=[(answer.value, answer.value) for answer in Answer])
    submission = models.UUIDField(help_text="The form's own number: sending it twice records it once.")
    language = models.CharField(max_length=12)
    statement_sha256 = models.CharField(max_length=64, help_text="Of the words that were beside the choice")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "submission"], name="attestation_submitted_once")]
        indexes = [models.Index(fields=["request", "-id"])]

    def __str__(self) -> str:
        return f"{self.answer} at {self.created_at:%Y-%m-%d %H:%M}"
