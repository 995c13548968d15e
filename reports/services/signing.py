"""A report's PDF under the signature of its own organisation, or without one where none is set: never by oversight."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from organisations.models import SigningCertificate
from organisations.queries import certificate_of
from organisations.services import Unopened, opened
from reports.gateways import SigningFailed, sign_pdf
from reports.models import Report


def signer_of(report: Report, now: datetime) -> SigningCertificate | None:
    """Who will sign this report; None where the organisation signs none. Raises SigningFailed for one that cannot."""
    found = certificate_of(report.organisation)
    if found and found.ended(now):
        raise SigningFailed(
            f"The certificate that signs reports expired on {found.not_after:%d %B %Y}. "
            "An owner can put another in its place in Settings, or take it away; then try again."
        )
    if found:
        _secret(found)  # known before minutes are spent on drawing
    return found


def _secret(certificate: SigningCertificate) -> str:
    try:
        return opened(certificate)
    except Unopened as error:
        raise SigningFailed(
            "The key of the certificate that signs reports is sealed with a key that is not in SIGN_IN_KEYS. "
            "Add that key, or put the certificate in anew in Settings; then try again."
        ) from error


def field_words(certificate: SigningCertificate) -> str:
    """What readers that speak say of the signature."""
    return _("Signed by %(subject)s") % {"subject": certificate.subject}


def sign(path: Path, certificate: SigningCertificate, reason: str) -> dict[str, Any]:
    """Signs the file and returns what `Report.signature` keeps. Raises SigningFailed."""
    drawn = path.read_bytes()
    facts = {"unsigned_bytes": len(drawn), "unsigned_sha256": hashlib.sha256(drawn).hexdigest()}
    sign_pdf(str(path), _secret(certificate), reason)
    with path.open("rb") as file:
        if file.read(len(drawn)) != drawn:
            raise SigningFailed("The PDF could not be signed: its pages were changed while it was signed.")
        if not file.read(1):
            raise SigningFailed("The PDF could not be signed: nothing was added to it.")
    return facts | {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "certificate_sha256": certificate.sha256,
        "not_after": certificate.not_after.isoformat(),
    }
