"""The mails' words: one context, two templates (text and HTML), the same content in both."""

from dataclasses import dataclass
from functools import lru_cache

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from compliance.campaigns.gateways import OutgoingMail, compose
from compliance.campaigns.models import AttestationRequest, Invitation, Message
from compliance.campaigns.rules import link_token
from compliance.catalogue.queries import document
from compliance.catalogue.rules import CollectionMode
from compliance.catalogue.schema import OptOut
from compliance.catalogue.wording import StepLine, deep_link, instruction_lines, way_title
from employees.names import country_name

LANGUAGES = {code for code, _ in settings.LANGUAGES}


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
    optional: bool
    reason: str
    link: str
    steps: list[StepLine]
    other_ways: list[Way]
    opt_out: OptOut
    extras: list[str]
    answers: list[str]


def language_of(invitation: Invitation) -> str:
    """The person's language where we speak it, else English."""
    wanted = invitation.employee.language
    return wanted if wanted in LANGUAGES else settings.LANGUAGE_CODE


def personal_link(invitation: Invitation) -> str:
    key = settings.LINK_KEYS[invitation.key_version]
    token = link_token(key, str(invitation.public_id), invitation.rotation)
    return f"{settings.BASE_URL}/l/{token}"


def asks(invitation: Invitation, language: str) -> list[Ask]:
    """What concerns the person, optional extras last."""
    found = [_ask(request, language) for request in invitation.requests.all()]
    return sorted(found, key=lambda ask: ask.optional)


def _ask(request: AttestationRequest, language: str) -> Ask:
    policy, version = request.policy_version.policy, document(request.policy_version)
    ways = [
        Way(way_title(instruction), instruction_lines(version, instruction, policy.platform, language))
        for instruction in version.instructions
    ]
    return Ask(
        request=request,
        platform=policy.platform,
        title=policy.title,
        headline=policy.headline,
        summary=policy.summary,
        by_form=policy.mechanism == "form",
        start=version.effective_from,
        neutral=request.advice == "send_neutral" or version.start_is != "effective",
        optional=request.advice == "offer",
        informs_only=request.collection_mode != CollectionMode.NAMED,
        reason=request.reason,
        link=deep_link(version),
        steps=ways[0].steps if ways else [],
        other_ways=ways[1:],
        opt_out=version.opt_out,
        extras=[action.text for action in version.extra_actions],
        answers=[answer.value for answer in version.attestation],
    )


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def write_letter(message: Message) -> OutgoingMail:
    """The mail of a message row, the same every time it is written."""
    invitation, organisation = message.invitation, message.organisation
    language = language_of(invitation)
    with translation.override(language):
        found = asks(invitation, language)
        context = {
            "organisation": organisation,
            "campaign": invitation.campaign,
            "employee": invitation.employee,
            "country": country_name(invitation.country, language),
            "asks": found,
            "informs_only": all(ask.informs_only for ask in found),
            "link": personal_link(invitation),
            "language": language,
        }
        subject = render_to_string(f"mail/{message.kind}.subject.txt", context).strip()
        text = render_to_string(f"mail/{message.kind}.txt", context)
        html = _inliner().inline(render_to_string(f"mail/{message.kind}.html", context))
    return compose(
        reference=str(message.public_id),
        message_id=message.message_id,
        sender_name=organisation.name,
        to=invitation.employee.email,
        reply_to=organisation.contact_email,
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        language=language,
        at=message.due_at,
    )
