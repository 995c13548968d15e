"""Named data that leaves the product is in the evidence log."""

from datetime import datetime

from organisations.models import Organisation, User
from organisations.services import Event, append_evidence


def record_export(*, organisation: Organisation, user: User, kind: str, people: int, now: datetime) -> None:
    """Who took how many people, or lines about people, as what."""
    event = Event("roster.exported", {"user": user.pk, "format": kind, "people": people})
    append_evidence(organisation=organisation, events=[event], now=now)
