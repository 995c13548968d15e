from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from employees.names import region_name
from employees.rules.searching import searched
from organisations.models import Membership, Organisation
from organisations.told import in_use
from organisations.walls import Owned


class SearchedField(models.TextField):  # type: ignore[type-arg]
    """Filled from the row itself whenever one is written through a model; bulk statements fill it themselves."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        person: Employee = model_instance  # type: ignore[assignment]  # the only model that has such a field
        found = person.searched = searched(person.name, person.email, person.external_id)
        return found


class Employee(Owned):
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
    started_on = models.DateField(null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True, help_text="Other columns that the organisation keeps.")
    joined_in = models.ForeignKey(  # only an undo asks; a check of every row would cost a fifth of a long import
        "RosterImport",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    created_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    searched = SearchedField(default="", db_default="", editable=False, help_text="employees.rules.searching")

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
        # Holds what lists are narrowed by, so that neither a page of them nor their count reads the rows themselves.
        indexes = [
            models.Index(
                fields=["organisation", "status", "searched", "id", "country", "language"], name="people_listed"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def region_name(self) -> str:
        return region_name(self.country, self.subdivision, in_use())


class RegionMove(Owned):
    """Somebody's region as the roster had it before a change: it decides what applies, so what it was is kept."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    roster_import = models.ForeignKey("RosterImport", null=True, on_delete=models.SET_NULL, related_name="+")
    country_before = models.CharField(max_length=2)
    subdivision_before = models.CharField(max_length=6, blank=True)
    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=6, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.subdivision_before or self.country_before} to {self.subdivision or self.country}"

    @property
    def before(self) -> str:
        return region_name(self.country_before, self.subdivision_before, in_use())

    @property
    def after(self) -> str:
        return region_name(self.country, self.subdivision, in_use())


class PersonNote(Owned):
    """A note about a person for those who help them; goes with the person."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note of {self.created_at:%Y-%m-%d}"


class SavedView(Owned):
    """What a member narrowed the list of people to, under a name; nobody else's business."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=4000, blank=True, help_text="as the address has it")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class RosterImport(Owned):
    """One uploaded file, its plan and what became of it. The row is the job, too: a worker claims it to read."""

    class State(models.TextChoices):
        READING = "reading"
        UNMAPPED = "unmapped"  # read, but a needed column was not found
        FAILED = "failed"
        PLANNED = "planned"
        COMMITTING = "committing"
        COMMITTED = "committed"
        DISCARDED = "discarded"
        UNDONE = "undone"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    filename = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    whole = models.BooleanField(default=True, help_text="Who is not in the file has left.")
    options = models.JSONField(default=dict, help_text="Somebody's choices: encoding, delimiter, sheet and so on.")
    detected = models.JSONField(default=dict, help_text="How the file was read, its headers and some samples.")
    mapping = models.JSONField(default=dict, help_text="column of ours -> position in the file")
    kept = models.JSONField(default=list, help_text="positions of columns kept as attributes")
    fixes = models.JSONField(default=dict, help_text="row -> region, said by somebody for this row alone")
    counts = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(
        default=0, help_text="How often a plan was made of it: what is committed is what was looked at."
    )
    many_leavers = models.BooleanField(default=False)
    leavers_confirmed = models.BooleanField(default=False)
    roster_revision = models.PositiveIntegerField(
        null=True, help_text="The organisation's when this was planned; empty: not known, so not to be carried out"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    detail = models.CharField(max_length=500, blank=True, help_text="Why it failed, in words")
    progress = models.PositiveSmallIntegerField(default=0, help_text="per cent")
    stage = models.CharField(max_length=80, blank=True)
    since = models.DateTimeField(null=True, blank=True, help_text="When it began to wait, or a worker took it up")
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    undo_until = models.DateTimeField(null=True, blank=True, help_text="Until then what an undo needs is kept.")

    class Meta:
        indexes = [models.Index(fields=["organisation", "state", "id"])]

    def __str__(self) -> str:
        return f"{self.filename} ({self.state})"

    @property
    def to_mend(self) -> int:
        """Rows that were not imported and need somebody."""
        return int(self.counts.get("review", 0)) + int(self.counts.get("rejected", 0))

    @property
    def changes_nothing(self) -> bool:
        """The roster is as the file has it, apart from rows to mend."""
        return not any(self.counts.get(name) for name in ("joiners", "changes", "leavers"))

    @property
    def running(self) -> bool:
        return self.state in {self.State.READING, self.State.COMMITTING}


class RosterUpload(Owned):
    """A piece of the file itself, sealed, until its import ends or a day has passed."""

    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="upload")
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["roster_import", "position"], name="roster_upload_once")]

    def __str__(self) -> str:
        return f"upload of {self.roster_import_id}"


class PlanChunk(Owned):
    """Up to a thousand lines of one kind of a plan, packed (`employees.services.lines`)."""

    roster_import = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="chunks")
    kind = models.CharField(max_length=8)
    position = models.PositiveIntegerField()
    known = models.PositiveIntegerField(help_text="lines about people who are or were on the roster")
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["roster_import", "kind", "position"], name="plan_chunk_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.position} of {self.roster_import_id}"


class RegionAlias(Owned):
    """What the organisation means by a word for a place, said once in a review."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    spelling = models.CharField(max_length=1000, help_text="folded")
    written = models.CharField(max_length=1000, help_text="as it stood in the file")
    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=6, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "spelling"], name="region_alias_once")]

    def __str__(self) -> str:
        return f"{self.written} = {self.subdivision or self.country}"

    @property
    def region_name(self) -> str:
        return region_name(self.country, self.subdivision, in_use())


class ColumnChoice(Owned):
    """What a column of the organisation's files holds, where somebody said so."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    header = models.CharField(max_length=1000, help_text="folded")
    meaning = models.CharField(max_length=20, blank=True, help_text="a column of ours, keep, or empty: left out")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "header"], name="column_choice_once")]

    def __str__(self) -> str:
        return f"{self.header}: {self.meaning or 'left out'}"
