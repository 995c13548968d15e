from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone

from compliance.campaigns.models import Campaign
from organisations.models import Organisation
from reports.rules import ReportState


class Report(models.Model):
    """One document being made or made. The row is the job: a worker claims it, and the page shows where it stands."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField(help_text="Answers up to this instant count.")
    state = models.CharField(
        max_length=10,
        choices=[(state.value, state.value) for state in ReportState],
        default=ReportState.QUEUED,
    )
    progress = models.PositiveSmallIntegerField(default=0, help_text="per cent")
    stage = models.CharField(max_length=80, default="Waiting for a worker")
    detail = models.CharField(max_length=500, blank=True, help_text="Why it failed, in words")
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    file = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"]), models.Index(fields=["organisation", "-id"])]

    def __str__(self) -> str:
        return f"Readiness of {self.campaign} as of {self.as_of:%Y-%m-%d}"

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.file

    @property
    def download_name(self) -> str:
        return f"readiness-{self.organisation.slug}-{self.as_of:%Y-%m-%d}.pdf"
