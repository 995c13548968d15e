"""Uploads at rest: a staff list holds more than we ask for, so it is kept sealed, and only until its import ends."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_SALT, _NONCE = 16, 12


class SealBroken(Exception):
    """The sealed bytes were changed, or the secret key is no longer the one they were sealed with."""


def _key(secret: str, salt: bytes) -> AESGCM:
    derived = HKDF(hashes.SHA256(), 32, salt, b"offswitch roster upload").derive(secret.encode())
    return AESGCM(derived)


def seal(content: bytes, place: str) -> bytes:
    """AES-256-GCM under a key derived from SECRET_KEY and a salt of its own: salt, nonce, ciphertext.

    `place` says where the bytes belong: they open nowhere else.
    """
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    return salt + nonce + _key(settings.SECRET_KEY, salt).encrypt(nonce, content, place.encode())


def open_sealed(sealed: bytes, place: str) -> bytes:
    """What `seal` took for this place; keys in SECRET_KEY_FALLBACKS count. Raises SealBroken."""
    salt, nonce, body = sealed[:_SALT], sealed[_SALT : _SALT + _NONCE], sealed[_SALT + _NONCE :]
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _key(secret, salt).decrypt(nonce, body, place.encode())
        except InvalidTag:
            continue
    raise SealBroken
