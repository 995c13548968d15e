"""How much a roster file may hold. Both sides of the pipe know these."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Limits:
    """Bytes, rows, columns, seconds of processor time."""

    file_bytes: int = 50 * 1024**2
    unpacked_bytes: int = 400 * 1024**2
    ratio: int = 100
    members: int = 2000
    rows: int = 200_000
    columns: int = 500
    memory_bytes: int = 1024**3
    seconds: int = 60

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class Unreadable(Exception):
    """The file cannot be read as a table; the message says what was found and what to do."""
