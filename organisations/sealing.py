"""What is kept sealed in the database: seeds of second factors, keys of certificates.

A copy of the database alone does not open them.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

SECOND_FACTORS = b"offswitch second factors"
CERTIFICATES = b"offswitch signing certificates"


def seal(text: str, purpose: bytes = SECOND_FACTORS) -> str:
    """What is sealed for one purpose does not open for another."""
    return _box(purpose).encrypt(text.encode()).decode()


def open_sealed(text: str, purpose: bytes = SECOND_FACTORS) -> str:
    """Raises cryptography.fernet.InvalidToken for what none of the keys has sealed."""
    return _box(purpose).decrypt(text.encode()).decode()


def seal_anew(text: str, purpose: bytes = SECOND_FACTORS) -> str:
    """The same, sealed with the newest key."""
    return _box(purpose).rotate(text.encode()).decode()


def _box(purpose: bytes) -> MultiFernet:
    """The newest key seals, all of them open."""
    keys = [key for _, key in sorted(settings.SIGN_IN_KEYS.items(), reverse=True)]
    derived = [hmac.new(key, purpose, hashlib.sha256).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
