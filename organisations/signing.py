"""Ed25519 for checkpoints. Keys, signatures and texts as they are kept: seeds as bytes, the rest hexadecimal."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def public_key(seed: bytes) -> str:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def public_pem(key: str) -> bytes:
    """A public key as other programs read it."""
    loaded = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    return loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def sign(text: str, seed: bytes) -> str:
    return Ed25519PrivateKey.from_private_bytes(seed).sign(text.encode()).hex()


def is_signed(text: str, signature: str, key: str) -> bool:
    """Whether the holder of `key` signed `text`; False also for what is no key or no signature."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
