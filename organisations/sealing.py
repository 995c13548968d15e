"""What is kept sealed in the database: seeds of second factors. A copy of the database alone does not open them."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

_PURPOSE = b"offswitch second factors"


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def open_sealed(text: str) -> str:
    """Raises cryptography.fernet.InvalidToken for what none of the keys has sealed."""
    return _box().decrypt(text.encode()).decode()


def seal_anew(text: str) -> str:
    """The same, sealed with the newest key."""
    return _box().rotate(text.encode()).decode()


def _box() -> MultiFernet:
    """The newest key seals, all of them open."""
    keys = [key for _, key in sorted(settings.SIGN_IN_KEYS.items(), reverse=True)]
    derived = [hmac.new(key, _PURPOSE, hashlib.sha256).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
