"""An organisation's own signing certificate, from the PKCS#12 file in which it is handed over."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.utils.formats import date_format
from django.utils.translation import gettext as _

MOST_BYTES = 100 * 1024
LEAST_RSA, LEAST_CURVE = 2048, 256  # bits
_WEAK = (hashes.MD5, hashes.SHA1)

_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class NoCertificate(Exception):
    """Nothing can be signed with this; the message says why and what to give instead."""


@dataclass(frozen=True)
class Identity:
    """Who signs: the certificate in words, and `secret`, JSON with key and certificates as DER in base64.

    `sha256` is the certificate's fingerprint and `serial` its number, both hexadecimal.
    """

    subject: str
    issuer: str
    serial: str
    sha256: str
    not_before: datetime
    not_after: datetime
    secret: str


def read_pkcs12(content: bytes, passphrase: str, now: datetime) -> Identity:
    """Raises NoCertificate for whatever could not sign a report that others accept."""
    if len(content) > MOST_BYTES:
        raise NoCertificate(_("This file is too large for a certificate. Give one of at most 100 KB."))
    try:
        key, own, others = pkcs12.load_key_and_certificates(content, passphrase.encode() or None)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NoCertificate(_why_unread(content)) from error
    if own is None or key is None:
        raise NoCertificate(_("This file has no private key with its certificate. Export both together as PKCS#12."))
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise NoCertificate(_("Reports are signed with RSA or elliptic curves; this key is of another kind."))
    _check_strength(key, own)
    _check_time(own, now)
    _check_use(own)
    chain = _chain(own, others, now)
    secret = {
        "key": _text(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
        "certificate": _text(own.public_bytes(Encoding.DER)),
        "chain": [_text(item.public_bytes(Encoding.DER)) for item in chain],
    }
    return Identity(
        subject=name_of(own.subject),
        issuer=name_of(own.issuer),
        serial=f"{own.serial_number:x}",
        sha256=own.fingerprint(hashes.SHA256()).hex(),
        not_before=own.not_valid_before_utc,
        not_after=own.not_valid_after_utc,
        secret=json.dumps(secret),
    )


def _why_unread(content: bytes) -> str:
    if content.lstrip()[:10] == b"-----BEGIN":
        return _("This is a PEM file. Export certificate and private key together as PKCS#12 (.p12 or .pfx).")
    if content[:1] != b"\x30":
        return _("This file is no PKCS#12 file (.p12 or .pfx).")
    return _("The passphrase does not open this file, or the file is damaged.")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def name_of(name: x509.Name) -> str:
    """The common name, with the organisation where it says more."""
    found = [
        str(item.value) for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for item in name.get_attributes_for_oid(oid)
    ]  # fmt: skip
    return (", ".join(dict.fromkeys(found)) or name.rfc4514_string())[:200]


def _check_strength(key: _Key, own: x509.Certificate) -> None:
    kind, least = ("RSA", LEAST_RSA) if isinstance(key, rsa.RSAPrivateKey) else ("EC", LEAST_CURVE)
    if key.key_size < least:
        words = _("This key is too weak: %(kind)s with %(size)d bits. At least %(least)d are needed.")
        raise NoCertificate(words % {"kind": kind, "size": key.key_size, "least": least})
    if isinstance(own.signature_hash_algorithm, _WEAK):
        raise NoCertificate(_("This certificate was issued with SHA-1 or MD5, which nobody accepts any more."))


def _check_time(certificate: x509.Certificate, now: datetime) -> None:
    facts = {"name": name_of(certificate.subject)}
    if now > certificate.not_valid_after_utc:
        facts["day"] = date_format(certificate.not_valid_after_utc, "DATE_FORMAT")
        raise NoCertificate(_("The certificate of %(name)s expired on %(day)s.") % facts)
    if now < certificate.not_valid_before_utc:
        facts["day"] = date_format(certificate.not_valid_before_utc, "DATE_FORMAT")
        raise NoCertificate(_("The certificate of %(name)s is valid from %(day)s on.") % facts)


def _check_use(own: x509.Certificate) -> None:
    """As its authority meant it: for signing, and not for a web server or for other certificates."""
    extensions = own.extensions
    for basic in (item.value for item in extensions if isinstance(item.value, x509.BasicConstraints)):
        if basic.ca:
            raise NoCertificate(_("This certificate is an authority's, which signs certificates and no documents."))
    for use in (item.value for item in extensions if isinstance(item.value, x509.KeyUsage)):
        if not (use.digital_signature or use.content_commitment):
            raise NoCertificate(_("This certificate is not for signing: its key usage names no digital signature."))
    for purposes in (item.value for item in extensions if isinstance(item.value, x509.ExtendedKeyUsage)):
        if set(purposes) <= {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}:
            raise NoCertificate(_("This certificate is for a web server or a log-in. Give one for signing documents."))


def _chain(own: x509.Certificate, others: Sequence[x509.Certificate], now: datetime) -> list[x509.Certificate]:
    """The certificates from `own` upwards, without it, as far as the file has them; at least its issuer."""
    found: list[x509.Certificate] = []
    last = own
    while last.issuer != last.subject:
        issuer = next((item for item in others if _issued(item, last)), None)
        if issuer is None or issuer in found:
            break
        _check_time(issuer, now)
        found.append(issuer)
        last = issuer
    if not found and own.issuer != own.subject:
        words = _("The certificate of its issuer, %(issuer)s, is not in the file. Export it with all certificates.")
        raise NoCertificate(words % {"issuer": name_of(own.issuer)})
    return found


def _issued(issuer: x509.Certificate, other: x509.Certificate) -> bool:
    try:
        other.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
