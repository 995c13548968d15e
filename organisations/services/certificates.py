"""The certificate that signs an organisation's reports: put in, replaced, taken away, opened to sign."""

from datetime import datetime

from cryptography.fernet import InvalidToken
from django.db import transaction

from organisations.gateways.certificates import Identity
from organisations.models import Organisation, SigningCertificate, User
from organisations.sealing import CERTIFICATES, open_sealed, seal
from organisations.services.evidence import Event, append_evidence


class Unopened(Exception):
    """None of the keys that are set opens what is sealed."""


@transaction.atomic
def set_certificate(*, organisation: Organisation, identity: Identity, user: User, now: datetime) -> SigningCertificate:
    """From now on it signs; the one before is gone."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    had = SigningCertificate.objects.filter(organisation=organisation).first()
    made, _new = SigningCertificate.objects.update_or_create(
        organisation=organisation,
        defaults={
            "subject": identity.subject,
            "issuer": identity.issuer,
            "serial": identity.serial,
            "sha256": identity.sha256,
            "not_before": identity.not_before,
            "not_after": identity.not_after,
            "sealed": seal(identity.secret, CERTIFICATES),
            "added_by": user,
            "added_at": now,
        },
    )
    facts = {"user": user.pk, "certificate": made.sha256, "until": made.not_after.isoformat()}
    if had:
        facts["was"] = had.sha256
    append_evidence(organisation=organisation, events=[Event("organisation.certificate_set", facts)], now=now)
    return made


@transaction.atomic
def remove_certificate(*, organisation: Organisation, user: User, now: datetime) -> bool:
    """Its key is destroyed, and reports are not signed any more. False when there was none."""
    had = SigningCertificate.objects.filter(organisation=organisation).first()
    if had is None or not SigningCertificate.objects.filter(pk=had.pk).delete()[0]:
        return False
    facts = {"user": user.pk, "certificate": had.sha256}
    append_evidence(organisation=organisation, events=[Event("organisation.certificate_removed", facts)], now=now)
    return True


def opened(certificate: SigningCertificate) -> str:
    """Key and chain as JSON (`Identity.secret`), to be handed to the process that signs and to nobody else."""
    try:
        return open_sealed(certificate.sealed, CERTIFICATES)
    except InvalidToken as error:
        raise Unopened from error
