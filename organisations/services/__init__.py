"""Every write of this app. Writers of other apps call `append_evidence` inside their own transaction."""

from organisations.services.bundling import Excerpt, write_bundle
from organisations.services.certificates import Unopened, opened, remove_certificate, set_certificate
from organisations.services.checkpoints import take_checkpoint
from organisations.services.evidence import Event, append_evidence, append_unread
from organisations.services.first_run import make_first_organisation, make_first_owner, new_setup_code
from organisations.services.inviting import accept_invitation, invite_colleague, mail_invitation, revoke_invitation
from organisations.services.jobs import cancel_job, forget_old_bundles, release_expired_jobs, request_job, run_job
from organisations.services.language import choose_language
from organisations.services.leaving import send_due_checkpoints, send_failed_again, set_outside_addresses, while_leased
from organisations.services.members import (
    MemberRefused,
    change_role,
    disable_member,
    enable_member,
    follow_provider,
    grant_names,
    remove_member,
    reset_second_factor,
)
from organisations.services.resealing import seal_certificates_anew, seal_second_factors_anew
from organisations.services.seeing import record_seeing
from organisations.services.settings import set_looks, set_reporting, set_works_council_mode
from organisations.services.stamping import stamp_due
from organisations.services.tenants import add_member, create_organisation, set_approval_size

__all__ = [
    "Event",
    "Excerpt",
    "MemberRefused",
    "Unopened",
    "accept_invitation",
    "add_member",
    "append_evidence",
    "append_unread",
    "cancel_job",
    "change_role",
    "choose_language",
    "create_organisation",
    "disable_member",
    "enable_member",
    "follow_provider",
    "forget_old_bundles",
    "grant_names",
    "invite_colleague",
    "mail_invitation",
    "make_first_organisation",
    "make_first_owner",
    "new_setup_code",
    "opened",
    "record_seeing",
    "release_expired_jobs",
    "remove_certificate",
    "remove_member",
    "request_job",
    "reset_second_factor",
    "revoke_invitation",
    "run_job",
    "seal_certificates_anew",
    "seal_second_factors_anew",
    "send_due_checkpoints",
    "send_failed_again",
    "set_approval_size",
    "set_certificate",
    "set_looks",
    "set_outside_addresses",
    "set_reporting",
    "set_works_council_mode",
    "stamp_due",
    "take_checkpoint",
    "while_leased",
    "write_bundle",
]
