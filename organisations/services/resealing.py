"""After a new key: what the old one sealed is sealed by the new one."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from organisations.models import SigningCertificate
from organisations.sealing import CERTIFICATES, seal_anew

_SEALED = ("secret", "seed")  # of an app, of recovery codes


@transaction.atomic
def seal_second_factors_anew() -> int:
    """Seals every seed with the newest of SIGN_IN_KEYS and returns how many rows that were. Raises
    cryptography.fernet.InvalidToken, and changes nothing, where none of the keys opens one."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    rows = list(Authenticator.objects.select_for_update().filter(type__in=kinds).order_by("pk"))
    for row in rows:
        row.data |= {name: seal_anew(row.data[name]) for name in _SEALED if name in row.data}
        row.save(update_fields=["data"])
    return len(rows)


@transaction.atomic
def seal_certificates_anew() -> int:
    """The same for the keys of organisations' certificates."""
    rows = list(SigningCertificate.objects.select_for_update().order_by("pk"))
    for row in rows:
        row.sealed = seal_anew(row.sealed, CERTIFICATES)
        row.save(update_fields=["sealed"])
    return len(rows)
