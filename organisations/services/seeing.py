"""Who looked at data with names stands in the log."""

from datetime import datetime

from organisations.models import Organisation, User
from organisations.services.evidence import Event, append_evidence


def record_seeing(*, organisation: Organisation, user: User, page: str, now: datetime) -> None:
    event = Event("named_data.seen", {"page": page, "user": user.pk})
    append_evidence(organisation=organisation, events=[event], now=now)
