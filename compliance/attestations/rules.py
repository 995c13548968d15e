"""Receipt codes. Pure."""

import base64


def receipt_code(evidence_hash: str) -> str:
    """A short code a person can keep: the first 80 bits of the evidence entry's hash, in groups of four."""
    text = base64.b32encode(bytes.fromhex(evidence_hash)[:10]).decode()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))
