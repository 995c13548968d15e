"""Every write of this app. Writers of other apps call `append_evidence` inside their own transaction."""

from organisations.services.evidence import Event, append_evidence
from organisations.services.tenants import add_member, create_organisation, set_approval_size

__all__ = ["Event", "add_member", "append_evidence", "create_organisation", "set_approval_size"]
