"""What each kind of entry of the evidence log says to people, and which kinds belong together. Pure."""

from collections.abc import Mapping

# Kind → a sentence without a subject: who did it stands beside it.
WORDS: Mapping[str, str] = {
    "organisation.created": "made the organisation",
    "organisation.approval_size": "changed from how many people on a campaign needs a second approval",
    "member.added": "became a member",
    "member.invited": "invited a colleague",
    "member.invitation_revoked": "took an invitation back",
    "member.joined": "joined by an invitation",
    "member.role_changed": "changed a member's role",
    "member.names_granted": "changed whether an auditor sees names",
    "member.disabled": "kept a member out",
    "member.enabled": "let a member in again",
    "member.removed": "removed a member",
    "member.second_factor_reset": "reset a member's second factor",
    "roster.imported": "imported a roster",
    "roster.import_undone": "undid an import",
    "roster.alias_set": "settled how a place is written",
    "roster.alias_forgotten": "forgot how a place is written",
    "roster.exported": "exported people",
    "collection.overridden": "overrode where answers may be collected",
    "collection.override_withdrawn": "withdrew an override",
    "letter.text_changed": "changed a mail's text",
    "campaign.works_council_noted": "noted the works council's agreement",
    "campaign.approved": "approved a campaign",
    "campaign.started": "started a campaign",
    "campaign.followed_roster": "a campaign followed the roster",
    "campaign.paused": "paused a campaign",
    "campaign.resumed": "resumed a campaign",
    "campaign.sent_again": "sent mails again",
    "campaign.closed": "closed a campaign",
    "campaign.cancelled": "cancelled a campaign",
    "campaign.notices_printed": "printed notices with links",
    "campaign.links_exported": "exported personal links",
    "invitation.reminders_stopped": "somebody stopped their reminders",
    "invitation.revoked": "ended a personal link",
    "invitation.new_link": "a new personal link was made",
    "region.claimed": "somebody named another country",
    "help.taken": "took a request for help",
    "help.answered": "answered a request for help",
    "help.closed": "closed a request for help",
    "messages.attempted": "mails were handed to the server",
    "message.returned": "a mail came back",
    "message.read": "looked at a mail",
    "suppression.removed": "let an address get mail again",
    "attestation.recorded": "somebody answered",
    "attestation.counted": "somebody's answer was counted",
    "tally.published": "counts were published",
    "report.requested": "asked for a report",
    "report.made": "a report was made",
    "report.downloaded": "downloaded a report",
    "named_data.seen": "saw a page with names",
    "person.looked_at": "looked at a person's page",
    "person.exported": "exported what is held about a person",
    "person.erased": "erased a person",
    "evidence.key_added": "a signing key was added",
    "evidence.outside_set": "changed who outside keeps checkpoints",
    "evidence.bundle_requested": "asked for an evidence bundle",
    "evidence.bundle_downloaded": "downloaded an evidence bundle",
    "evidence.log_exported": "exported the log",
}

# What an auditor asks for → kinds.
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "seen": ("Seen: pages with names", ("named_data.seen", "person.looked_at", "message.read")),
    "exported": (
        "Exported or downloaded",
        (
            "roster.exported",
            "campaign.links_exported",
            "campaign.notices_printed",
            "person.exported",
            "report.downloaded",
            "evidence.bundle_downloaded",
            "evidence.log_exported",
        ),
    ),
    "members": ("Members", tuple(kind for kind in WORDS if kind.startswith("member."))),
    "roster": ("Roster", tuple(kind for kind in WORDS if kind.startswith("roster."))),
    "campaigns": ("Campaigns", tuple(kind for kind in WORDS if kind.startswith(("campaign.", "invitation.")))),
    "mails": ("Mails", tuple(kind for kind in WORDS if kind.startswith(("message", "letter.", "suppression.")))),
    "answers": ("Answers and help", tuple(k for k in WORDS if k.startswith(("attestation.", "tally.", "help.")))),
    "erased": ("Erased", ("person.erased",)),
}


def kinds_of(chosen: str) -> tuple[str, ...]:
    """The kinds that a choice stands for: a group's, one kind's own, or none for everything."""
    if chosen in GROUPS:
        return GROUPS[chosen][1]
    return (chosen,) if chosen in WORDS else ()
