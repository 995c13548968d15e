from django.db import models
from django.utils import timezone


class Policy(models.Model):
    """One data-use programme of one platform. Shared by all organisations: it is public knowledge."""

    key = models.SlugField(unique=True, max_length=80)
    platform = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    summary = models.TextField()
    actor = models.CharField(max_length=30)
    review_due = models.DateField()

    def __str__(self) -> str:
        return f"{self.platform}: {self.title}"


class PolicyVersion(models.Model):
    """An immutable version: `document` is the validated YAML, `sha256` its canonical form's hash."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    key = models.CharField(max_length=40)
    effective_from = models.DateField()
    effective_until = models.DateField(null=True, help_text="exclusive")
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "key"], name="policy_version_once")]
        ordering = ["policy", "effective_from"]

    def __str__(self) -> str:
        return f"{self.policy}, {self.key}"


class CatalogueTable(models.Model):
    """A table that versions lean on: `regions`, `collection`, `conflicts`, `sources`."""

    name = models.CharField(max_length=20, primary_key=True)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
