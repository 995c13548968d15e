from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from employees.names import region_name
from organisations.models import Organisation


class Employee(models.Model):
    """One person on the roster. People who left stay, so that old campaigns keep their meaning."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        LEFT = "left"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=1000)
    email = models.EmailField(max_length=320)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    subdivision = models.CharField(max_length=6, blank=True, help_text="ISO 3166-2")
    department = models.CharField(max_length=1000, blank=True)
    manager_email = models.EmailField(max_length=320, blank=True)
    language = models.CharField(max_length=12, blank=True)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.ACTIVE)
    created_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "external_id"],
                condition=~Q(external_id=""),
                name="employee_external_id_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(status="active"),
                name="employee_active_email_once",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "status", "name", "id"])]

    def __str__(self) -> str:
        return self.name

    @property
    def region_name(self) -> str:
        return region_name(self.country, self.subdivision)


class RosterImport(models.Model):
    """One uploaded file, its plan and what became of it. The plan's personal lines go when it ends."""

    class State(models.TextChoices):
        PLANNED = "planned"
        COMMITTED = "committed"
        DISCARDED = "discarded"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    filename = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(help_text="column of ours -> header of the file")
    counts = models.JSONField()
    lines = models.JSONField(default=list)
    many_leavers = models.BooleanField(default=False)
    based_on = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The last import when this was planned.",
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "state", "id"])]

    def __str__(self) -> str:
        return f"{self.filename} ({self.state})"

    @property
    def to_mend(self) -> int:
        """Rows that were not imported and need somebody."""
        return int(self.counts["review"]) + int(self.counts["rejected"])
