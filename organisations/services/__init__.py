"""Every write of this app. Writers of other apps call `append_evidence` inside their own transaction."""

from organisations.services.bundling import Excerpt, write_bundle
from organisations.services.checkpoints import take_checkpoint
from organisations.services.evidence import Event, append_evidence, append_unread
from organisations.services.jobs import forget_old_bundles, release_expired_jobs, request_job, run_job
from organisations.services.leaving import send_due_checkpoints, send_failed_again, set_outside_addresses
from organisations.services.seeing import record_seeing
from organisations.services.settings import set_looks, set_reporting, set_works_council_mode
from organisations.services.stamping import stamp_due
from organisations.services.tenants import add_member, create_organisation, set_approval_size

__all__ = [
    "Event",
    "Excerpt",
    "add_member",
    "append_evidence",
    "append_unread",
    "create_organisation",
    "forget_old_bundles",
    "record_seeing",
    "release_expired_jobs",
    "request_job",
    "run_job",
    "send_due_checkpoints",
    "send_failed_again",
    "set_approval_size",
    "set_looks",
    "set_outside_addresses",
    "set_reporting",
    "set_works_council_mode",
    "stamp_due",
    "take_checkpoint",
    "write_bundle",
]
