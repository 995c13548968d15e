"""Organisations, those who sign in, and their roles."""

import hashlib
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

from organisations.rules import Role
from organisations.walls import Owned

LEAST_GROUP = 5  # people, in works-council mode


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. Employees never do: they hold a link."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(
        max_length=10, blank=True, help_text="Of the workplace, as chosen; empty: what the browser asks for"
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email


class Organisation(Owned):
    """An employer: the tenant that every other row belongs to."""

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(max_length=200)
    contact_email = models.EmailField(help_text="Where staff write with questions; the Reply-To of every mail.")
    minimum_cell = models.PositiveSmallIntegerField(
        default=5, help_text="Groups with fewer people asked are never shown on their own."
    )
    approval_above = models.PositiveIntegerField(
        default=500, help_text="A campaign that reaches more people needs a second person's approval."
    )
    outbox_only = models.BooleanField(
        default=False,
        help_text="Mails are written to the local outbox even when a mail server is configured.",
    )
    works_council_mode = models.BooleanField(
        default=False,
        help_text="Nobody sees what a person answered, nor whether they did; the smallest group is five.",
    )
    time_zone = models.CharField(max_length=64, blank=True, help_text="Of schedules; empty: the server's")
    report_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Files of reports are kept so many days; empty: for good"
    )
    accent = models.CharField(max_length=7, blank=True, help_text="Colour of reports and dashboard, like #0b5fae")
    roster_revision = models.PositiveIntegerField(
        default=0, help_text="How often the roster was changed: a plan is carried out on the roster it was made for."
    )
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @property
    def smallest_group(self) -> int:
        """The step in which answers are shown; in works-council mode never fewer than LEAST_GROUP people."""
        return max(self.minimum_cell, LEAST_GROUP) if self.works_council_mode else self.minimum_cell

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)


class OrganisationLogo(Owned):
    """What stands on reports and on the dashboard: drawn anew from whatever file was given, so pixels and no more."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="logo", primary_key=True)
    png = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(help_text="pixels")
    height = models.PositiveIntegerField(help_text="pixels")

    def __str__(self) -> str:
        return f"logo of {self.organisation_id}, {self.width} × {self.height}"


class Membership(Owned):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])
    sees_names = models.BooleanField(default=False, help_text="An auditor whom an owner lets see the people.")
    by_provider = models.BooleanField(default=False, help_text="Given and taken by groups at the single sign-on.")
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.organisation}"


def token_hash(token: str) -> str:
    """What is kept of a one-time code or link: nobody can use it who only reads the database."""
    return hashlib.sha256(token.encode()).hexdigest()


class ColleagueInvitation(Owned):
    """A one-time link by mail for somebody who shall work here. Not to be mixed up with a campaign's Invitation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(help_text="lower case")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "email"], name="colleague_invited_once")]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


class SetupCode(models.Model):
    """Lets one person make the first owner in a browser. There is one at most, and none once there is a user."""

    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return "setup code"
