from django.conf import settings
from django.db import models
from django.utils import timezone

from compliance.attestations.rules import Closing, HelpState
from compliance.campaigns.models import AttestationRequest, Campaign
from compliance.catalogue.rules import Answer
from organisations.models import Organisation
from organisations.walls import Owned


class Statement(Owned):
    """The page's words as somebody saw them who answered, with gaps for the name; shared by all who saw the same."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64, help_text="over the language, a NUL and the text")
    language = models.CharField(max_length=12)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "sha256"], name="statement_once")]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} ({self.language})"


class Attestation(Owned):
    """One answer, append-only; a correction is a new row. No address, device or free text is kept."""

    request = models.ForeignKey(AttestationRequest, on_delete=models.CASCADE, related_name="attestations")
    answer = models.CharField(max_length=20, choices=[(answer.value, answer.value) for answer in Answer])
    submission = models.UUIDField(help_text="The form's own number: sending it twice records it once.")
    language = models.CharField(max_length=12)
    statement_sha256 = models.CharField(max_length=64, help_text="Of the page's words, which Statement keeps")
    receipt = models.CharField(max_length=19, blank=True, help_text="The code of the person's receipt")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "submission"], name="attestation_submitted_once")]
        indexes = [models.Index(fields=["request", "-id"]), models.Index(fields=["receipt"])]

    def __str__(self) -> str:
        return f"{self.answer} at {self.created_at:%Y-%m-%d %H:%M}"


class Tally(Owned):
    """People counted without names, by what they answered over all. Nothing of a row says who is in it, or when anybody
    was counted: every row of a country is made at once and written anew with each answer. Never shown: PublishedCount
    is."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    country = models.CharField(max_length=2)
    outcome = models.CharField(max_length=12)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "country", "outcome"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.country} {self.outcome}"


class PublishedCount(Owned):
    """A country's tally as it was when enough people more had been counted; append-only. Figures are made of these, so
    that nobody's answer can be had by looking before and after."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    country = models.CharField(max_length=2)
    people = models.PositiveIntegerField(help_text="counted so far")
    counts = models.JSONField(help_text="outcome → people")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["campaign", "country", "-id"])]

    def __str__(self) -> str:
        return f"{self.country}: {self.people}"


class HelpRequest(Owned):
    """Somebody chose "I need help" about one policy. The helpers see who and what about, and answer by mail."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    request = models.ForeignKey(AttestationRequest, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(
        max_length=10, choices=[(state.value, state.value) for state in HelpState], default=HelpState.OPEN
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(
        max_length=10, blank=True, choices=[(why.value, why.value) for why in Closing], help_text="empty: by itself"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=~models.Q(state=HelpState.CLOSED.value), name="help_asked_once"
            )
        ]
        indexes = [models.Index(fields=["organisation", "state", "id"])]

    def __str__(self) -> str:
        return f"{self.state} since {self.created_at:%Y-%m-%d}"


class HelpTemplate(Owned):
    """Words of the organisation to begin an answer with; while it has none, ours are offered (`help_words`)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    text = models.TextField(max_length=4000, help_text="with gaps for the first name and the policy")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="help_template_once")]

    def __str__(self) -> str:
        return self.name
