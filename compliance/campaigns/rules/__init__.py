"""Links, states, times and decisions about mails. Pure: keys and `now` are arguments."""

from compliance.campaigns.rules.audience import Audience, audience, listed
from compliance.campaigns.rules.delivery import Delivery, Verdict, next_step, too_many_bounces
from compliance.campaigns.rules.links import link_token, return_token, same, stop_token, token_hash
from compliance.campaigns.rules.refusals import refusal
from compliance.campaigns.rules.states import (
    APPROVAL_ABOVE,
    ASKED_FOR,
    GONE_OUT,
    LIVE,
    MAX_REMINDERS,
    WRITTEN,
    CampaignState,
    MessageKind,
    MessageState,
    logged_kind,
)
from compliance.campaigns.rules.terms import Assessment, LawfulBasis, Repeats, Terms

__all__ = [
    "APPROVAL_ABOVE",
    "ASKED_FOR",
    "GONE_OUT",
    "LIVE",
    "MAX_REMINDERS",
    "WRITTEN",
    "Assessment",
    "Audience",
    "CampaignState",
    "Delivery",
    "LawfulBasis",
    "MessageKind",
    "MessageState",
    "Repeats",
    "Terms",
    "Verdict",
    "audience",
    "link_token",
    "listed",
    "logged_kind",
    "next_step",
    "refusal",
    "return_token",
    "same",
    "stop_token",
    "token_hash",
    "too_many_bounces",
]
