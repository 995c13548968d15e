import uuid
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.db import models
from django.utils import timezone

from compliance.campaigns.models import Campaign
from organisations.models import Organisation
from organisations.walls import Owned
from reports.rules import Paper, ReportKind, ReportState, Rhythm, Sending


def _choices(enum: type[ReportState | Paper | ReportKind | Rhythm | Sending]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]


class FileMade(TypedDict):
    """A file of a report: where it lies under MEDIA_ROOT, its SHA-256 and its size in bytes."""

    path: str
    sha256: str
    size: int


class Report(Owned):
    """One document being made or made. The row is the job: a worker claims it, and the page shows where it stands."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=_choices(ReportKind), default=ReportKind.READINESS)
    country = models.CharField(max_length=2, blank=True, help_text="of a region sheet")
    compared_with = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    compared_as_of = models.DateTimeField(null=True, blank=True, help_text="The earlier instant of a comparison")
    names = models.BooleanField(default=False, help_text="Its annex has people's names and addresses.")
    as_of = models.DateTimeField(help_text="Answers up to this instant count.")
    language = models.CharField(max_length=12, default="en")
    paper = models.CharField(max_length=6, choices=_choices(Paper), default=Paper.A4)
    state = models.CharField(max_length=10, choices=_choices(ReportState), default=ReportState.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0, help_text="per cent")
    stage = models.CharField(max_length=80, default="Waiting for a worker")
    detail = models.CharField(max_length=500, blank=True, help_text="Why it failed, in words")
    since = models.DateTimeField(null=True, blank=True, help_text="When it began to wait, or a worker took it up")
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    file = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveIntegerField(default=0)
    files = models.JSONField(default=dict, help_text="extension -> FileMade; the PDF is there too")
    figures = models.JSONField(default=dict, help_text="What the report says, as in its JSON file")
    signature = models.JSONField(default=dict, help_text="Who signed the PDF, and its part before it; empty: nobody")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"]), models.Index(fields=["organisation", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.campaign} as of {self.as_of:%Y-%m-%d}"

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.file

    @property
    def under_way(self) -> bool:
        return self.state in {ReportState.QUEUED, ReportState.RUNNING}

    def path_of(self, extension: str) -> Path | None:
        """Where a file of this report lies, when it was made and is there still."""
        made: FileMade | None = self.files.get(extension)
        path = Path(settings.MEDIA_ROOT) / made["path"] if made else None
        return path if path and path.is_file() else None

    def name_of(self, extension: str) -> str:
        """What a file is called where it is saved: in a folder of downloads, or in a bundle."""
        return f"{self.kind}-{self.organisation.slug}-{self.as_of:%Y-%m-%d}.{extension}"


class ReportBundle(Owned):
    """A made report as a ZIP for an auditor. The row is the job, as a report's own is; the newest one counts."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="bundles")
    state = models.CharField(max_length=10, choices=_choices(ReportState), default=ReportState.QUEUED)
    read = models.PositiveBigIntegerField(default=0, help_text="entries of the log so far")
    total = models.PositiveBigIntegerField(default=0, help_text="entries up to its checkpoint; 0: not begun")
    detail = models.CharField(max_length=300, blank=True, help_text="Why it failed, in words")
    since = models.DateTimeField(null=True, blank=True, help_text="When it began to wait, or a worker took it up")
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    file = models.CharField(max_length=200, blank=True, help_text="below MEDIA_ROOT")
    sha256 = models.CharField(max_length=64, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state"], name="report_bundle_state")]

    def __str__(self) -> str:
        return f"bundle of {self.report_id}: {self.state}"

    @property
    def file_to_be(self) -> str:
        """Below MEDIA_ROOT, of the worker that has claimed it; `report` is there."""
        return f"reports/{self.report.organisation_id}/{self.report_id}-bundle-{self.pk}-{str(self.claim)[:8]}.zip"

    @property
    def path(self) -> Path | None:
        """Where the ZIP lies, when it was made and is there still."""
        path = Path(settings.MEDIA_ROOT) / self.file if self.file else None
        return path if path and path.is_file() else None

    @property
    def under_way(self) -> bool:
        return self.state in {ReportState.QUEUED, ReportState.RUNNING}


class ReportSchedule(Owned):
    """A report that is made again and again, and mailed to members who may make reports."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    rhythm = models.CharField(max_length=10, choices=_choices(Rhythm))
    sending = models.CharField(max_length=10, choices=_choices(Sending), default=Sending.LINK)
    language = models.CharField(max_length=12, default="en")
    paper = models.CharField(max_length=6, choices=_choices(Paper), default=Paper.A4)
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, help_text="Nothing that was due before is made")
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.rhythm} report of {self.campaign}"


class ScheduledRun(Owned):
    """One occasion of a schedule. The row is what keeps two workers from making its report twice."""

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="runs")
    key = models.CharField(max_length=40, help_text="reports.rules.Occasion.key")
    why = models.CharField(max_length=80)
    due_at = models.DateTimeField()
    report = models.ForeignKey(Report, null=True, on_delete=models.SET_NULL, related_name="runs")
    announced_at = models.DateTimeField(null=True, blank=True, help_text="when its mails were queued")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "key"], name="scheduled_run_once")]
        indexes = [models.Index(fields=["announced_at"], name="scheduled_run_announced")]

    def __str__(self) -> str:
        return f"{self.schedule_id}: {self.key}"


class ReportMail(Owned):
    """One scheduled report for one member: a worker claims the row, sends it, and writes that down."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"
        DROPPED = "dropped", "no longer a member who may make reports"

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(ScheduledRun, on_delete=models.CASCADE, related_name="mails")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField(help_text="a claim is a later time to try again")
    attempts = models.PositiveSmallIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "user"], name="report_mail_once")]
        indexes = [models.Index(fields=["state", "due_at"], name="report_mail_due")]

    def __str__(self) -> str:
        return f"{self.run_id} to {self.user_id}"


class KeptFigures(Owned):
    """A large campaign's exact figures as they were last counted, so that no page reads a row for every person.

    Never shown as they are: what may be shown is worked out anew each time (reports.rules.disclosure)."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField(null=True, blank=True, help_text="Empty: being counted for the first time")
    log_seq = models.BigIntegerField(default=0, help_text="Where the evidence log stood before it was counted")
    people = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0, help_text="how long the counting took")
    counted = models.JSONField(default=dict, help_text="reports.rules.packed")
    busy_until = models.DateTimeField(help_text="A worker is counting; after that another may")

    def __str__(self) -> str:
        return f"figures of {self.campaign_id} as of {self.as_of}"
