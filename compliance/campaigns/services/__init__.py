"""Every write of a campaign: drafts, running, mails, returns."""

from compliance.campaigns.services.asked_for import can_be_mailed, claim_region, new_link, queue_note, revoke_link
from compliance.campaigns.services.by_hand import add_people, new_links, refuse_too_many
from compliance.campaigns.services.drafting import (
    approve_campaign,
    change_campaign,
    clone_campaign,
    create_campaign,
    delete_draft,
    save_audience,
)
from compliance.campaigns.services.log import CampaignRefused
from compliance.campaigns.services.mailing import cancel_reminders, queue_reminders, send_again, stop_reminders
from compliance.campaigns.services.rounds import next_round, prepare_rounds
from compliance.campaigns.services.running import (
    cancel_campaign,
    close_campaign,
    close_overdue,
    follow_roster,
    pause_campaign,
    resume_campaign,
    start_campaign,
)

__all__ = [
    "CampaignRefused",
    "add_people",
    "approve_campaign",
    "can_be_mailed",
    "cancel_campaign",
    "cancel_reminders",
    "change_campaign",
    "claim_region",
    "clone_campaign",
    "close_campaign",
    "close_overdue",
    "create_campaign",
    "delete_draft",
    "follow_roster",
    "new_link",
    "new_links",
    "next_round",
    "pause_campaign",
    "prepare_rounds",
    "queue_note",
    "queue_reminders",
    "refuse_too_many",
    "resume_campaign",
    "revoke_link",
    "save_audience",
    "send_again",
    "start_campaign",
    "stop_reminders",
]
