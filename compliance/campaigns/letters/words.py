"""What concerns a person, in the person's language: the same for mail, page and printed notice."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from babel.languages import get_official_languages
from django.conf import settings
from django.utils import translation
from django.utils.translation import get_supported_language_variant

from compliance.campaigns.models import AttestationRequest, Invitation
from compliance.campaigns.rules import link_token, stop_token
from compliance.catalogue.queries import document
from compliance.catalogue.rules import COLLECTING, CollectionMode
from compliance.catalogue.wording import StepLine, deep_link, instruction_lines, said, staff_reason, way_title
from employees.names import country_name


@dataclass(frozen=True)
class Way:
    """One way to the setting, step by step."""

    title: str
    steps: list[StepLine]


@dataclass(frozen=True)
class Ask:
    """One policy as mail and page show it to a person."""

    request: AttestationRequest
    platform: str
    title: str
    headline: str
    summary: str
    by_form: bool
    start: object
    neutral: bool
    informs_only: bool
    anonymous: bool
    optional: bool
    reason: str
    link: str
    steps: list[StepLine]
    other_ways: list[Way]
    does: list[str]
    does_not: list[str]
    extras: list[str]
    under_18: str
    answers: list[str]

    @property
    def labels(self) -> list[str]:
        """The platform's own words along the way to a switch, the switch last; [] for a form."""
        ways = [] if self.by_form else [self.steps, *(way.steps for way in self.other_ways)]
        return max(([line.label for line in steps if line.label] for steps in ways), key=len, default=[])


def spoken(language: str) -> str:
    """The language of ours that serves a tag such as `de-AT` or `zh-HK`, or "" when none does."""
    try:
        return get_supported_language_variant(language) if language else ""
    except LookupError:
        return ""


@lru_cache(maxsize=512)
def mail_language(language: str, country: str) -> str:
    """The roster's language where we speak it; where the roster has none, the country's own, if it has one only."""
    if found := spoken(language):
        return found
    official = get_official_languages(country, de_facto=True) if country and not language else ()
    return (spoken(official[0]) if len(official) == 1 else "") or settings.LANGUAGE_CODE


def language_of(invitation: Invitation) -> str:
    return mail_language(invitation.employee.language, invitation.country)


def link_address(key_version: int, invitation: UUID, rotation: int) -> str:
    """The address of a person's page. Raises KeyError where the key that it was made with is gone."""
    return f"{settings.BASE_URL}/l/{link_token(settings.LINK_KEYS[key_version], str(invitation), rotation)}"


def stop_address(key_version: int, invitation: UUID) -> str:
    """Where reminders can be stopped, without reaching the page itself."""
    return f"{settings.BASE_URL}/u/{invitation}/{stop_token(settings.LINK_KEYS[key_version], str(invitation))}"


def personal_link(invitation: Invitation) -> str:
    return link_address(invitation.key_version, invitation.public_id, invitation.rotation)


def asks(invitation: Invitation, language: str) -> list[Ask]:
    """What concerns the person, optional extras last."""
    standing = [request for request in invitation.requests.all() if request.withdrawn_at is None]
    return asks_of(standing, invitation.place, language)


def asks_of(requests: Iterable[AttestationRequest], country: str, language: str) -> list[Ask]:
    with translation.override(language):
        found = [_ask(request, country_name(country, language), language) for request in requests]
    return sorted(found, key=lambda ask: ask.optional)


def _ask(request: AttestationRequest, place: str, language: str) -> Ask:
    policy, version = request.policy_version.policy, document(request.policy_version)
    ways = [
        Way(way_title(instruction), instruction_lines(version, instruction, policy.platform, language))
        for instruction in version.instructions
    ]
    return Ask(
        request=request,
        platform=policy.platform,
        title=said(policy.title),
        headline=said(policy.headline),
        summary=said(policy.summary),
        by_form=policy.mechanism == "form",
        start=version.effective_from,
        neutral=request.advice == "send_neutral" or version.start_is != "effective",
        optional=request.advice == "offer",
        informs_only=request.collection_mode not in COLLECTING or not version.attestation,
        anonymous=request.collection_mode == CollectionMode.ANONYMOUS_COUNT,
        reason=staff_reason(version, policy.platform, request.region_status, place),
        link=deep_link(version),
        steps=ways[0].steps if ways else [],
        other_ways=ways[1:],
        does=[said(item.text) for item in version.opt_out.does],
        does_not=[said(item.text) for item in version.opt_out.does_not],
        extras=[said(action.text) for action in version.extra_actions],
        under_18=next((said(item.text) for item in version.exemptions if item.who == "under_18"), ""),
        answers=[answer.value for answer in version.attestation],
    )
