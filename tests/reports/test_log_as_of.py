"""A report speaks of its own organisation's log, however much longer another's is."""

from datetime import datetime, timedelta

from organisations.models import Organisation
from organisations.queries import evidence_head
from organisations.services import Event, append_evidence
from reports.queries.content import log_as_of


def test_the_log_of_a_report_is_its_organisations_own(
    organisation: Organisation, other_organisation: Organisation, now: datetime
) -> None:
    for at in range(5):
        append_evidence(organisation=other_organisation, events=[Event("tried", {"number": at})], now=now)
    append_evidence(organisation=organisation, events=[Event("tried", {"number": 9})], now=now)
    found = log_as_of(organisation, now + timedelta(days=1))
    assert (found.entries, found.hash) == evidence_head(organisation)
    assert found.broken_at is None
    assert log_as_of(other_organisation, now + timedelta(days=1)).entries > found.entries
