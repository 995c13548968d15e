from organisations.queries.evidence import LogState, evidence_entries, evidence_head, evidence_state
from organisations.queries.tenants import in_batches, logo_of, memberships_of, organisation_by_slug

__all__ = [
    "LogState",
    "evidence_entries",
    "evidence_head",
    "evidence_state",
    "in_batches",
    "logo_of",
    "memberships_of",
    "organisation_by_slug",
]
