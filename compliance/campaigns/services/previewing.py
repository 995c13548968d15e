"""A mail before it goes: as a region and a language would see it, on the screen or in one's own mailbox."""

import uuid
from datetime import datetime

from django.conf import settings

from compliance.campaigns.gateways import OutgoingMail
from compliance.campaigns.letters.composing import (
    Occasion,
    ShownMail,
    Words,
    fill_words,
    own_headers,
    sender_address,
    skeleton_of,
    writable,
    write_words,
)
from compliance.campaigns.models import Campaign, Invitation
from compliance.campaigns.queries import deciding, deciding_day, own_texts
from compliance.campaigns.rules import Verdict
from compliance.campaigns.rules.skeleton import LINK, NAME, STOP
from compliance.campaigns.services.inviting import requests_for
from compliance.campaigns.services.log import CampaignRefused
from compliance.campaigns.services.trying_mail import send_one
from compliance.catalogue.queries import policy_versions

SHOWN_LINK = "link-of-the-person"  # stands where a personal link would


def preview_words(
    *, campaign: Campaign, country: str, subdivision: str, language: str, kind: str, step: int, now: datetime
) -> Words | None:
    """The letter as somebody there gets it; None where nobody there gets any."""
    keys = list(campaign.policies.values_list("key", flat=True))
    decisions = deciding(campaign.organisation, keys, deciding_day(campaign, now.date()))(country, subdivision)
    if not decisions:
        return None
    versions = {(row.policy.key, row.key): row for row in policy_versions(keys)}
    invitation = Invitation(campaign=campaign, country=country, subdivision=subdivision)
    requests = list(requests_for(campaign, decisions, versions, invitation, now))
    occasion = Occasion(kind, step, country, language, campaign.last_day, claimed=False)
    return write_words(campaign, occasion, requests, own_texts(campaign.organisation))


def shown_to_hr(words: Words, name: str) -> ShownMail:
    """The letter with a name, and without anybody's personal link: who has a link can answer with it."""
    base = settings.BASE_URL
    return fill_words(words, name=name, link=f"{base}/l/{SHOWN_LINK}", stop=f"{base}/u/{SHOWN_LINK}")


def send_test(*, campaign: Campaign, words: Words, to: str, name: str, now: datetime) -> None:
    """One mail to whoever tries it out; its links lead nowhere. Raises CampaignRefused with the server's words."""
    if not writable(to):
        raise CampaignRefused(f"{to} is not an address that can be written to.")
    reference = uuid.uuid4()
    headers = own_headers(to=to, at=now, public_id=reference, answers_to=None, stop="", date_cache={})
    tried = Words(words.language, f"[Test] {words.subject}", words.text, words.html)
    base = settings.BASE_URL
    values = {NAME: name, LINK: f"{base}/l/{SHOWN_LINK}", STOP: f"{base}/u/{SHOWN_LINK}"}
    content = skeleton_of(tried, campaign).fill(headers, f"=_{reference.hex}", values)
    delivery = send_one(OutgoingMail(str(reference), sender_address(), to, content), campaign.organisation)
    if delivery.verdict is not Verdict.ACCEPTED:
        raise CampaignRefused(f"The test mail did not go out. {delivery.detail}")
