from django.conf import settings
from django.db import models
from django.utils import timezone

from compliance.catalogue.rules import CollectionMode
from organisations.models import Organisation
from organisations.walls import Owned


class Policy(models.Model):
    """One data-use programme of one platform. Shared by all organisations: it is public knowledge."""

    key = models.SlugField(unique=True, max_length=80)
    platform = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    headline = models.CharField(max_length=120)
    summary = models.TextField()
    actor = models.CharField(max_length=30)
    mechanism = models.CharField(max_length=20)
    askable = models.BooleanField(default=False, help_text="Members operate a control and can say so")
    last_checked = models.DateField()
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


class CollectionOverride(Owned):
    """Counsel's decision on how answers may be collected in a jurisdiction; never deleted, only withdrawn."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    jurisdiction = models.CharField(max_length=6, help_text="ISO 3166-1 country or ISO 3166-2 subdivision")
    mode = models.CharField(max_length=15, choices=[(mode.value, mode.value) for mode in CollectionMode])
    reason = models.TextField()
    author_name = models.CharField(max_length=200, help_text="The counsel who decided")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "jurisdiction"],
                condition=models.Q(withdrawn_at=None),
                name="override_one_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction}: {self.mode}"


class CatalogueTable(models.Model):
    """A table that versions lean on: `regions`, `collection`, `conflicts`, `sources`."""

    name = models.CharField(max_length=20, primary_key=True)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
