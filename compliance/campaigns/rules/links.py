"""Personal links and what is derived beside them. Keys are arguments."""

import base64
import hashlib
import hmac


def _derived(key: bytes, words: str) -> str:
    digest = hmac.new(key, words.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def link_token(key: bytes, invitation: str, rotation: int) -> str:
    """The 256-bit personal token, 43 URL-safe characters. Derived, so that a retried mail carries the same link."""
    return _derived(key, f"link:{invitation}:{rotation}")


def stop_token(key: bytes, invitation: str) -> str:
    """What lets the holder of a mail stop its reminders, and nothing else; 43 URL-safe characters."""
    return _derived(key, f"stop:{invitation}")


def return_token(key: bytes, message: str) -> str:
    """What a bounce must bring back to be believed: 20 characters of a case-blind alphabet, as local parts need."""
    digest = hmac.new(key, f"bounce:{message}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest)[:20].decode().lower()


def same(one: str, other: str) -> bool:
    """Compares two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def token_hash(token: str) -> str:
    """What is stored of a token: SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
