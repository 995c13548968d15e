import uuid
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.campaigns.rules import (
    MAX_REMINDERS,
    Assessment,
    CampaignState,
    LawfulBasis,
    MessageKind,
    MessageState,
    Repeats,
    Terms,
)
from compliance.catalogue.models import Policy, PolicyVersion
from compliance.catalogue.rules import Advice, CollectionMode, Status
from employees.models import Employee
from organisations.models import Organisation
from organisations.walls import Owned


def _choices(enum: type) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]  # type: ignore[attr-defined]


def last_day(closes_at: datetime) -> date:
    """The last day on which links work; `closes_at` is its end."""
    return timezone.localtime(closes_at - timedelta(microseconds=1)).date()


class Campaign(Owned):
    """Who is asked about which policies, from when until when, with which reminders."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    policies = models.ManyToManyField(Policy, related_name="+")
    why = models.TextField(blank=True, help_text="One or two sentences from the organisation, shown to staff.")
    state = models.CharField(max_length=10, choices=_choices(CampaignState), default=CampaignState.DRAFT)

    audience = models.JSONField(default=dict, blank=True, help_text="compliance.campaigns.rules.Audience; empty: all")
    rolling = models.BooleanField(default=True, help_text="Joiners and movers are added while it runs.")

    starts_on = models.DateField(null=True, blank=True, help_text="Not before this day; empty: at once")
    lead_days = models.PositiveSmallIntegerField(
        default=0, help_text="Working days before the change takes effect in a region; 0: do not wait for it"
    )
    closes_at = models.DateTimeField()
    reminders = models.PositiveSmallIntegerField(default=MAX_REMINDERS)
    reminder_days = models.PositiveSmallIntegerField(default=5, help_text="working days between two mails")
    joiner_days = models.PositiveSmallIntegerField(
        default=14, help_text="Days that somebody has who is added while it runs"
    )
    working_hours = models.BooleanField(default=True, help_text="Mails go in the region's working days and hours.")
    confirm_address = models.BooleanField(
        default=False, help_text="Whoever opens a link types the work e-mail before the page shows anything."
    )

    works_council = models.TextField(blank=True, help_text="The agreement with the works council, where one is needed")
    lawful_basis = models.CharField(max_length=20, blank=True, choices=_choices(LawfulBasis))
    notice = models.CharField(max_length=500, blank=True, help_text="Where staff find the privacy notice")
    retention_days = models.PositiveSmallIntegerField(default=90, help_text="days after the end for named answers")
    assessment = models.CharField(max_length=10, blank=True, choices=_choices(Assessment))
    assessment_note = models.CharField(max_length=500, blank=True)

    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_people = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many people it was to reach when it was approved; empty: not known"
    )
    pause_reason = models.CharField(max_length=300, blank=True)
    bounces_forgiven = models.PositiveIntegerField(default=0, help_text="dead addresses when it was last resumed")
    tried_before = models.PositiveIntegerField(default=0, help_text="mails tried when it was last resumed")

    repeats = models.CharField(max_length=10, blank=True, choices=_choices(Repeats), default=Repeats.NEVER)
    follows = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="next_rounds")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "state"])]
        constraints = [
            models.CheckConstraint(condition=models.Q(reminders__lte=MAX_REMINDERS), name="campaign_few_reminders")
        ]

    def __str__(self) -> str:
        return self.name

    def approved_for(self, people: int) -> bool:
        """Whether a second person has approved it for so many; the roster may have grown since."""
        return self.approved_by_id is not None and (self.approved_people or 0) >= people

    @property
    def last_day(self) -> date:
        return last_day(self.closes_at)

    @property
    def terms(self) -> Terms:
        return Terms(
            self.lawful_basis, self.notice, self.retention_days, self.assessment, self.assessment_note
        )  # fmt: skip


class Invitation(Owned):
    """One person in one campaign: one link, one mail thread. The region is the one assumed when it was made."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=6, blank=True)
    profile_country = models.CharField(
        max_length=2,
        blank=True,
        help_text="Where the person says their profile is, if elsewhere: it decides",
    )
    basis = models.CharField(max_length=32, blank=True, help_text="Alike for people to whom the same is said")
    key_version = models.PositiveSmallIntegerField()
    rotation = models.PositiveSmallIntegerField(default=1)
    token_hash = models.CharField(max_length=64, unique=True)
    closes_at = models.DateTimeField(help_text="When this link ends: with the campaign, or later for a joiner")
    revoked_at = models.DateTimeField(null=True, blank=True)
    ended_by_staff = models.BooleanField(default=False, help_text="Revoked by hand: only staff make another link.")
    by_hand = models.BooleanField(default=False, help_text="Added by somebody, whatever the campaign's audience says.")
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="The person wants no reminders.")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="The first answer: it ends the reminders.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "employee"], name="invitation_once")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def last_day(self) -> date:
        return last_day(self.closes_at)

    @property
    def place(self) -> str:
        """The country that decides what applies: the profile's where the person named it, else the roster's."""
        return self.profile_country or self.country


class AttestationRequest(Owned):
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
    answered_at = models.DateTimeField(
        null=True, blank=True, help_text="Where answers are counted without names: the day alone, and no answer"
    )
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it does not concern the person any more"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "policy_version"],
                condition=models.Q(withdrawn_at=None),
                name="request_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.policy_version} of {self.invitation}"


class RegionClaim(Owned):
    """What somebody said about the country on their profile, once; append-only. "" is: the roster is right."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="+")
    country = models.CharField(max_length=2, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.country


class Letter(Owned):
    """A mail's words as they went out, with gaps for the name and the links; shared by everybody who got the same."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "sha256"], name="letter_once")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.language})"


class LetterText(Owned):
    """The organisation's own words in place of ours, for one slot of the mails in one language."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=12)
    slot = models.CharField(max_length=20)
    text = models.TextField()
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "language", "slot"], name="letter_text_once")]

    def __str__(self) -> str:
        return f"{self.slot} ({self.language})"


class Message(Owned):
    """One outgoing mail. The row is the record: a worker claims it, sends it, and writes down what the server said."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=_choices(MessageKind))
    step = models.PositiveSmallIntegerField(default=0, help_text="0 for the first notice, then the reminder's number")
    state = models.CharField(max_length=10, choices=_choices(MessageState), default=MessageState.QUEUED)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    unsure = models.BooleanField(
        default=False, help_text="An attempt's fate is not known; the person may have it twice."
    )
    dead = models.BooleanField(default=False, help_text="Refused or bounced because of the address itself")
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    letter = models.ForeignKey(Letter, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sent_to = models.CharField(max_length=254, blank=True, help_text="The address, as it was then")
    sent_name = models.CharField(max_length=200, blank=True)
    provider_id = models.CharField(max_length=250, blank=True, help_text="The sending service's own number of it")
    detail = models.CharField(max_length=500, blank=True, help_text="What the mail server said last, addresses removed")
    sent_at = models.DateTimeField(null=True, blank=True)
    first_sent_at = models.DateTimeField(
        null=True, blank=True, help_text="Stays when it is sent again; empty: sent_at is the first time"
    )
    bounced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invitation", "kind", "step"], name="message_once"),
            models.CheckConstraint(
                condition=~models.Q(kind=MessageKind.REMINDER.value) | models.Q(step__gte=1, step__lte=MAX_REMINDERS),
                name="message_few_reminders",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at", "id"]),
            models.Index(fields=["campaign", "state"]),
            models.Index(fields=["organisation", "-id"]),
            models.Index(fields=["claim"]),
            models.Index(fields=["provider_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def called(self) -> str:
        """What HR calls this mail."""
        names = {
            MessageKind.INSTRUCTION: _("First mail"),
            MessageKind.REMINDER: _("Reminder %(number)s") % {"number": self.step},
            MessageKind.RECEIPT: _("Receipt"),
            MessageKind.LINK: _("New link"),
            MessageKind.HELP: _("Answer to a request for help"),
        }
        return names[MessageKind(self.kind)]

    @property
    def subject(self) -> str:
        return self.letter.subject if self.letter else ""

    @property
    def message_id(self) -> str:
        """The stable Message-ID: a retry is the same mail."""
        return f"<{self.public_id}@{settings.MAIL_DOMAIN}>"


class Suppression(Owned):
    """An address that gets no mail, and why. Somebody of HR can let it go."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    email = models.CharField(max_length=254, help_text="lower case")
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "email"], name="suppression_once")]

    def __str__(self) -> str:
        return self.reason


class BounceEvent(Owned):
    """A report about a mail that came back, once: the same report again changes nothing."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="bounces")
    key = models.CharField(max_length=64, help_text="SHA-256 of the report, or the sending service's event number")
    kind = models.CharField(max_length=12)
    ours = models.BooleanField(default=True, help_text="It speaks of the address that we wrote to.")
    applied = models.BooleanField(default=True, help_text="False: it came before its mail was known to have gone.")
    detail = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_again_at = models.DateTimeField(
        null=True, blank=True, help_text="When its mail was put in line once more: until then it had come back"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "key"], name="bounce_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.message_id}"


class Pace(models.Model):
    """When the next mail may go to a provider, or to a domain. Workers move it by conditional UPDATE."""

    key = models.CharField(max_length=253, primary_key=True, help_text="`*` for all mails, else a domain")
    free_at = models.FloatField(default=0, help_text="Unix seconds")

    def __str__(self) -> str:
        return self.key


class SavedAudience(Owned):
    """An audience by a name, to be used again."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    audience = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="saved_audience_once")]

    def __str__(self) -> str:
        return self.name


class MailTest(Owned):
    """The last test mail of an organisation: whether the way out took it, and what was found on the way."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="+")
    tested_at = models.DateTimeField()
    tested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    way = models.CharField(max_length=64, help_text="keyed fingerprint of the settings that it was sent with")
    taken = models.BooleanField()
    detail = models.CharField(max_length=500, help_text="the server's last words, without addresses")
    findings = models.JSONField(default=list, help_text="[grade, about, said, todo] of each check")

    def __str__(self) -> str:
        return "taken" if self.taken else self.detail
