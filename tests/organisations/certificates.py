"""Certificates as an authority would issue them, and the PKCS#12 files in which they come."""

from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PASSPHRASE = "open sesame"
_ROOT_KEY = ec.generate_private_key(ec.SECP256R1())


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def signed(subject: str, key: Any, issuer: str, issuer_key: Any, span: tuple[datetime, datetime], **use: Any) -> Any:
    """`use`: ca, signs (key usage), purpose (extended), hash."""
    made = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0])
        .not_valid_after(span[1])
        .add_extension(x509.BasicConstraints(ca=use.get("ca", False), path_length=None), critical=True)
        .add_extension(x509.KeyUsage(
            digital_signature=use.get("signs", True), content_commitment=use.get("signs", True), key_encipherment=True,
            data_encipherment=False, key_agreement=False, key_cert_sign=use.get("ca", False), crl_sign=False,
            encipher_only=False, decipher_only=False,
        ), critical=True)
    )  # fmt: skip
    if purpose := use.get("purpose"):
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return made.sign(issuer_key, use.get("hash", hashes.SHA256()))


def root(now: datetime) -> Any:
    span = (now - timedelta(days=900), now + timedelta(days=900))
    return signed("Acme Root", _ROOT_KEY, "Acme Root", _ROOT_KEY, span, ca=True)


def pkcs12_file(now: datetime, *, days: int = 365, since: int = 1, subject: str = "Acme Reports", **use: Any) -> bytes:
    """`use`: as `signed` has it, and key, chain (False: without the issuer), only ("key" is left out)."""
    span = (now - timedelta(days=since), now + timedelta(days=days))
    key = use.pop("key", None) or ec.generate_private_key(ec.SECP256R1())
    chain, without_key = use.pop("chain", True), use.pop("without_key", False)
    own = signed(subject, key, "Acme Root", _ROOT_KEY, span, **use)
    lock = BestAvailableEncryption(PASSPHRASE.encode())
    return pkcs12.serialize_key_and_certificates(
        b"reports", None if without_key else key, own, [root(now)] if chain else None, lock
    )


__all__ = ["PASSPHRASE", "ExtendedKeyUsageOID", "ec", "ed25519", "hashes", "pkcs12_file", "root", "rsa", "signed"]
