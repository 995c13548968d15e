from organisations.queries.evidence import LogState, evidence_entries, evidence_head, evidence_state
from organisations.queries.tenants import (
    colleague_invitation_by_token,
    colleague_invitations,
    has_second_factor,
    in_batches,
    members,
    memberships_of,
    no_organisation_yet,
    nobody_yet,
    organisation_by_slug,
    owners,
    setup_code,
    user_by_address,
)

__all__ = [
    "LogState",
    "colleague_invitation_by_token",
    "colleague_invitations",
    "evidence_entries",
    "evidence_head",
    "evidence_state",
    "has_second_factor",
    "in_batches",
    "members",
    "memberships_of",
    "no_organisation_yet",
    "nobody_yet",
    "organisation_by_slug",
    "owners",
    "setup_code",
    "user_by_address",
]
