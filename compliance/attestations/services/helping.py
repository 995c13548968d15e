"""The helpers' queue: take, answer by mail, close. Nobody learns from it what else a person answered."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from compliance.attestations.models import HelpRequest
from compliance.attestations.queries import helpers
from compliance.attestations.rules import Closing, HelpState
from compliance.campaigns.letters.composing import Words
from compliance.campaigns.letters.notes import write_note
from compliance.campaigns.letters.words import language_of
from compliance.campaigns.models import Message
from compliance.campaigns.rules import MessageKind
from compliance.campaigns.services import can_be_mailed, queue_note
from compliance.catalogue.wording import said
from organisations.models import User
from organisations.services import Event, append_evidence

ONE_CLICK = timedelta(minutes=1)  # the same words to the same person within it were meant once


class HelpRefused(Exception):
    """The act is not possible now; the message says why."""


def _open(help_request: HelpRequest) -> HelpRequest:
    """As `_held`. Raises HelpRefused when it is closed."""
    held = _held(help_request)
    if held.state == HelpState.CLOSED:
        raise HelpRefused("This request is closed already.")
    return held


def _held(help_request: HelpRequest) -> HelpRequest:
    """The request as it is now, nobody else changing it."""
    rows = HelpRequest.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related(
        "organisation", "request__invitation__campaign__organisation", "request__invitation__employee",
        "request__policy_version__policy", "taken_by",
    ).get(pk=help_request.pk)  # fmt: skip


def _facts(held: HelpRequest, user: User) -> dict[str, int]:
    return {"campaign": held.request.invitation.campaign_id, "user": user.pk}


def _whom(held: HelpRequest) -> dict[str, int]:
    return {"employee": held.request.invitation.employee_id}


def take_help(*, help_request: HelpRequest, user: User, now: datetime) -> None:
    """Says that somebody looks after it themselves. Raises HelpRefused."""
    assign_help(help_request=help_request, to=user, user=user, now=now)


@transaction.atomic
def assign_help(*, help_request: HelpRequest, to: User | None, user: User, now: datetime) -> None:
    """Says who looks after it; None: nobody in particular. Raises HelpRefused."""
    held = _open(help_request)
    if to and to.pk not in {member.user_id for member in helpers(held.organisation)}:
        raise HelpRefused(_("Only members who may answer requests for help can look after one."))
    HelpRequest.objects.filter(pk=held.pk).update(taken_by=to)
    if to == user:
        event = Event("help.taken", _facts(held, user), _whom(held))
    else:
        event = Event("help.assigned", _facts(held, user) | {"to": to.pk if to else 0}, _whom(held))
    append_evidence(organisation=held.organisation, events=[event], now=now)


def written(help_request: HelpRequest, paragraphs: Sequence[str]) -> Words:
    """The mail that an answer becomes, with gaps for name and link."""
    invitation, policy = help_request.request.invitation, help_request.request.policy_version.policy
    language = language_of(invitation)
    with translation.override(language):
        subject = _("You asked for help: %(platform)s, %(title)s") % {
            "platform": policy.platform,
            "title": said(policy.title),
        }
        return write_note(invitation, language, subject=subject, paragraphs=paragraphs)


@transaction.atomic
def answer_help(*, help_request: HelpRequest, paragraphs: Sequence[str], user: User, now: datetime) -> None:
    """Mails an answer to the person, whose personal link goes with it. Raises HelpRefused."""
    held = _open(help_request)
    invitation = held.request.invitation
    if invitation.revoked_at or invitation.closes_at <= now or not can_be_mailed(invitation):
        raise HelpRefused(
            "No mail from here reaches this person now: their link has ended, the campaign is paused, or the address "
            "gets no mail. Write to them directly, then close the request."
        )
    words = written(held, paragraphs)
    sent = Message.objects.filter(invitation=invitation, kind=MessageKind.HELP, created_at__gt=now - ONE_CLICK)
    if sent.filter(letter__sha256=words.sha256).exists():
        return
    queue_note(invitation=invitation, kind=MessageKind.HELP, words=words, now=now)
    HelpRequest.objects.filter(pk=held.pk).update(
        state=HelpState.ANSWERED, answered_at=now, taken_by=held.taken_by or user
    )
    event = Event("help.answered", _facts(held, user), _whom(held))
    append_evidence(organisation=held.organisation, events=[event], now=now)


@transaction.atomic
def close_help(*, help_request: HelpRequest, because: Closing, user: User, now: datetime) -> None:
    """Takes it off the queue. Raises HelpRefused."""
    held = _open(help_request)
    rows = HelpRequest.objects.filter(pk=held.pk)
    rows.update(state=HelpState.CLOSED, closed_at=now, closed_because=because)
    event = Event("help.closed", {**_facts(held, user), "because": because.value}, _whom(held))
    append_evidence(organisation=held.organisation, events=[event], now=now)


@transaction.atomic
def reopen_help(*, help_request: HelpRequest, user: User, now: datetime) -> None:
    """Puts a closed one back on the queue. Raises HelpRefused where it is open, or a newer one has taken its place."""
    held = _held(help_request)
    if held.state != HelpState.CLOSED:
        raise HelpRefused(_("This request is open already."))
    rows = HelpRequest.objects.filter(pk=held.pk)
    try:
        with transaction.atomic():
            rows.update(state=HelpState.OPEN, closed_at=None, closed_because="", taken_by=held.taken_by or user)
    except IntegrityError:  # one open request at a time: the database says so, whoever asks meanwhile
        raise HelpRefused(_("The person has asked again since: look at the newer request.")) from None
    event = Event("help.reopened", _facts(held, user), _whom(held))
    append_evidence(organisation=held.organisation, events=[event], now=now)
