"""What every way out takes."""

from dataclasses import dataclass
from typing import Protocol

from compliance.campaigns.rules import Delivery


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One mail, built and ready to go, with CRLF lines. `reference` names it; `sender` is the return path."""

    reference: str
    sender: str
    to: str
    content: bytes


class Transport(Protocol):
    """Sends one mail after the other."""

    def send(self, mail: OutgoingMail) -> Delivery: ...
