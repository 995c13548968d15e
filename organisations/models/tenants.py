"""Organisations, those who sign in, and their roles."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

from organisations.rules import Role


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
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email


class Organisation(models.Model):
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
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.organisation}"
