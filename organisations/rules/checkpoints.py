"""What a checkpoint says, and how it is written so that one signature fits one text."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from organisations.rules.evidence import GENESIS, canonical

FORM = "offswitch-checkpoint-1"


@dataclass(frozen=True)
class Checkpoint:
    """The log of `organisation` at `at` ended with entry `seq`, whose hash is `head`; `root` is the Merkle root over
    entries 1 to `seq`. `previous` is the SHA-256 of the checkpoint before it, as text; `key` numbers `public_key`."""

    organisation: str
    seq: int
    head: str
    root: str
    at: str
    key: int
    public_key: str
    previous: str = GENESIS

    @property
    def text(self) -> str:
        """Canonical JSON: the bytes that are signed are its UTF-8."""
        return canonical({"form": FORM, **asdict(self)}).decode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @classmethod
    def read(cls, value: object) -> "Checkpoint":
        """From the JSON object that `text` is. Raises ValueError for anything else."""
        wanted: dict[str, type] = {name: int if name in {"seq", "key"} else str for name in cls.__dataclass_fields__}
        if not isinstance(value, dict) or value.get("form") != FORM or value.keys() != {"form", *wanted}:
            raise ValueError("this is no checkpoint")
        if any(type(value[name]) is not kind for name, kind in wanted.items()):
            raise ValueError("this checkpoint holds something of another kind than it should")
        return cls(**{name: value[name] for name in wanted})


@dataclass(frozen=True)
class Signed:
    """A checkpoint with its signature, and that of the key before it where the key is new; hexadecimal, or empty."""

    checkpoint: Checkpoint
    signature: str
    countersignature: str = ""

    @property
    def file(self) -> bytes:
        """As it is mailed, downloaded and kept: small, printable, one line."""
        value = {
            "checkpoint": json.loads(self.checkpoint.text),
            "signature": self.signature,
            "countersignature": self.countersignature,
        }
        return canonical(value) + b"\n"

    @classmethod
    def read(cls, content: bytes) -> "Signed":
        """Raises ValueError for a file that is none of ours."""
        try:
            value: Any = json.loads(content)
        except (UnicodeDecodeError, RecursionError) as error:
            raise ValueError("this is no checkpoint") from error
        names = {"signature", "countersignature"}
        if not isinstance(value, dict) or value.keys() != {"checkpoint", *names}:
            raise ValueError("this is no checkpoint")
        if not all(isinstance(value[name], str) for name in names):
            raise ValueError("this checkpoint's signature is no text")
        return cls(Checkpoint.read(value["checkpoint"]), value["signature"], value["countersignature"])
