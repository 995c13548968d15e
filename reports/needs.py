"""What is stuck or wants a look, each with its one action."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from compliance.attestations.queries import open_help
from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import delivery_counts, drafted_rounds, reopened
from compliance.campaigns.rules import CampaignState
from compliance.catalogue.queries import overdue_policies, policies
from employees.queries import imports_to_look_at
from organisations.models import Organisation


@dataclass(frozen=True)
class Need:
    """`kind` is a status of the style guide."""

    kind: str
    label: str
    text: str
    url: str
    action: str


def needs(organisation: Organisation, campaign: Campaign, on: date) -> list[Need]:
    """The most pressing first."""
    return [*_help(organisation), *_mails(organisation, campaign), *_rows(organisation), *_policies(organisation, on)]


def _mails(organisation: Organisation, campaign: Campaign) -> Iterator[Need]:
    delivery, own = delivery_counts(campaign), reverse("campaign", args=[organisation.slug, campaign.pk])
    if campaign.state == CampaignState.PAUSED:
        yield Need("fault", "The campaign is paused", campaign.pause_reason, own, "Look at it")
    for draft in drafted_rounds(organisation):
        text = f"A draft of the next round of {draft.follows} is ready. Nothing goes out until somebody starts it."
        url = reverse("campaign", args=[organisation.slug, draft.pk])
        yield Need("open", f"{draft.name} waits for you", text, url, "Look at the draft")
    if returned := delivery["bounced"]:
        text = "Their addresses did not take it. The outbox says why; a printed notice reaches them too."
        url = reverse("outbox", args=[organisation.slug]) + "?state=bounced"
        yield Need("fault", f"{returned:,} mails came back", text, url, "See which")
    if failed := delivery["failed"]:
        text = "They did not get the instruction. The outbox says why."
        yield Need(
            "fault", f"{failed:,} mails failed", text, reverse("outbox", args=[organisation.slug]), "Open the outbox"
        )
    if waiting := delivery["waiting"]:
        text = "They go out as fast as the mail server takes them."
        yield Need("queued", f"{waiting:,} mails are waiting", text, own, "Watch them")


def _help(organisation: Organisation) -> Iterator[Need]:
    if waiting := open_help(organisation):
        text = "They chose “I need help” on their page, and wait for a mail from a helper."
        label = "1 person needs help" if waiting == 1 else f"{waiting:,} people need help"
        yield Need("open", label, text, reverse("help", args=[organisation.slug]), "Answer them")


def _rows(organisation: Organisation) -> Iterator[Need]:
    for item in imports_to_look_at(organisation):
        url = reverse("import-plan", args=[organisation.slug, item.pk])
        if item.state == item.State.COMMITTED:
            text = "These people are not on the roster as the file has them, so nobody may have told them."
            yield Need("open", f"{item.to_mend:,} rows were not imported", text, url, "See why")
        else:
            text = "Nothing on the roster changes until somebody commits it; after 24 hours it is deleted."
            yield Need("queued", f"{item.filename} waits for you", text, url, "Look at the plan")


def _policies(organisation: Organisation, on: date) -> Iterator[Need]:
    changed = reopened(organisation, on)
    for policy in policies().filter(key__in=changed) if changed else ():
        label = f"This re-opens {changed[policy.key]:,} people"
        text = f"A newer version of {policy.platform}: {policy.title} is in force. Nothing has been sent about it."
        yield Need("open", label, text, reverse("policy", args=[organisation.slug, policy.key]), "See what changed")
    for policy in overdue_policies(on):
        text = f"The sources of {policy.platform}: {policy.title} were to be checked by {policy.review_due:%d %B %Y}."
        yield Need(
            "open", "Sources to check", text, reverse("policy", args=[organisation.slug, policy.key]), "Look at them"
        )
