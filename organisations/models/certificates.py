"""What an organisation signs its reports with."""

from datetime import datetime, timedelta

from django.db import models

from organisations.models.tenants import Organisation, User
from organisations.walls import Owned

SOON = timedelta(days=30)  # before its end: time enough to order another


class SigningCertificate(Owned):
    """The organisation's own certificate, in words; key and chain are sealed (`organisations.sealing`)."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, related_name="certificate", primary_key=True
    )
    subject = models.CharField(max_length=200)
    issuer = models.CharField(max_length=200)
    serial = models.CharField(max_length=64, help_text="hexadecimal")
    sha256 = models.CharField(max_length=64, help_text="fingerprint, hexadecimal")
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    sealed = models.TextField(help_text="organisations.gateways.certificates.Identity.secret, sealed")
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.subject} until {self.not_after:%Y-%m-%d}"

    def ended(self, now: datetime) -> bool:
        return now > self.not_after

    def ends_soon(self, now: datetime) -> bool:
        return self.not_after - SOON < now <= self.not_after
