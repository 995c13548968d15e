import uuid
from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from compliance.campaigns.rules import CampaignState, MessageKind, MessageState
from compliance.catalogue.models import Policy, PolicyVersion
from compliance.catalogue.rules import Advice, CollectionMode, Status
from employees.models import Employee
from organisations.models import Organisation


def _choices(enum: type) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]  # type: ignore[attr-defined]


class Campaign(models.Model):
    """Who is asked about which policies, from when until when."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    policies = models.ManyToManyField(Policy, related_name="+")
    why = models.TextField(blank=True, help_text="One or two sentences from the organisation, shown to staff.")
    works_council = models.TextField(blank=True, help_text="The agreement with the works council, where one is needed")
    state = models.CharField(max_length=10, choices=_choices(CampaignState), default=CampaignState.DRAFT)
    closes_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "state"])]

    def __str__(self) -> str:
        return self.name

    @property
    def last_day(self) -> date:
        """The last day on which links work; `closes_at` is its end."""
        return timezone.localtime(self.closes_at - timedelta(microseconds=1)).date()


class Invitation(models.Model):
    """One person in one campaign: one link, one mail thread. The region is the one assumed when it was made."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=6, blank=True)
    key_version = models.PositiveSmallIntegerField()
    rotation = models.PositiveSmallIntegerField(default=1)
    token_hash = models.CharField(max_length=64, unique=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "employee"], name="invitation_once")]

    def __str__(self) -> str:
        return str(self.public_id)


class AttestationRequest(models.Model):
    """One policy version asked (or told) of one invitation, with the decision as it was; carries the current answer."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="requests")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    region_status = models.CharField(max_length=10, choices=_choices(Status))
    advice = models.CharField(max_length=12, choices=_choices(Advice))
    collection_mode = models.CharField(max_length=15, choices=_choices(CollectionMode))
    collection_reason = models.TextField(blank=True)
    reason = models.TextField()
    citations = models.JSONField(default=list)
    answer = models.CharField(max_length=20, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "policy_version"], name="request_once")]

    def __str__(self) -> str:
        return f"{self.policy_version} of {self.invitation}"


class Message(models.Model):
    """One outgoing mail. The row is the record: a worker claims it, sends it, and writes down what the server said."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=_choices(MessageKind))
    step = models.PositiveSmallIntegerField(default=0, help_text="0 for the first notice, then the reminder's number")
    state = models.CharField(max_length=10, choices=_choices(MessageState), default=MessageState.QUEUED)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    unsure = models.BooleanField(
        default=False, help_text="An attempt's fate is not known; the person may have it twice."
    )
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    detail = models.CharField(max_length=500, blank=True, help_text="What the mail server said last, addresses removed")
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invitation", "kind", "step"], name="message_once")]
        indexes = [
            models.Index(fields=["state", "due_at", "id"]),
            models.Index(fields=["organisation", "-id"]),
            models.Index(fields=["claim"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def message_id(self) -> str:
        """The stable Message-ID: a retry is the same mail."""
        return f"<{self.public_id}@{settings.MAIL_DOMAIN}>"
