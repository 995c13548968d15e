"""What happened about one person, from every room, in the order in which it happened; and where each thing stands."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from compliance.attestations.models import Attestation, HelpRequest
from compliance.attestations.queries import answers_of, help_of
from compliance.campaigns.models import Invitation, Message, RegionClaim
from compliance.campaigns.queries import history, region_claims
from compliance.catalogue.rules import CollectionMode
from compliance.catalogue.wording import answer_text, said
from employees.models import Employee, RegionMove
from employees.names import region_name
from employees.queries import roster_import as find_import
from organisations.models import Organisation
from organisations.told import in_use


class Moment(NamedTuple):
    """One thing that happened. `message` is the mail that it was, `day` says that only the day is known."""

    at: datetime
    what: str
    more: str = ""
    message: Message | None = None
    day: bool = False


def timeline(
    organisation: Organisation, person: Employee, invitations: Sequence[Invitation], moves: Sequence[RegionMove]
) -> list[Moment]:
    """The newest first. In works-council mode nothing of it tells what a person answered, nor whether they did."""
    found = [*_roster(organisation, person, moves), *_links(organisation, invitations)]
    found += [
        Moment(mail.sent_at or mail.due_at, mail.called, mail.invitation.campaign.name, mail)
        for mail in history(organisation, person)
    ]
    if not organisation.works_council_mode:
        found += [*_answers(answers_of(invitations), invitations), *_claims(region_claims(invitations))]
        found += _help(help_of(person))
    return sorted(found, key=lambda moment: moment.at, reverse=True)


def _roster(organisation: Organisation, person: Employee, moves: Sequence[RegionMove]) -> Iterator[Moment]:
    file = find_import(organisation, person.joined_in_id) if person.joined_in_id else None
    yield Moment(person.created_at, _("Came onto the roster"), file.filename if file else "")
    for move in moves:
        words = _("Region on the roster: %(before)s, then %(after)s") % {"before": move.before, "after": move.after}
        yield Moment(move.created_at, words, _file(move))
    if person.left_at:
        yield Moment(person.left_at, _("Left"))


def _file(move: RegionMove) -> str:
    return move.roster_import.filename if move.roster_import else ""


def _links(organisation: Organisation, invitations: Sequence[Invitation]) -> Iterator[Moment]:
    for each in invitations:
        name = each.campaign.name
        yield Moment(each.created_at, _("Added to the campaign by hand") if each.by_hand else _("Invited"), name)
        if each.revoked_at:
            by_staff = _("Link ended by hand") if each.ended_by_staff else _("Link ended")
            yield Moment(each.revoked_at, by_staff, name)
        if each.stopped_at and not organisation.works_council_mode:
            yield Moment(each.stopped_at, _("Wants no more reminders"), name)


def _answers(given: Sequence[Attestation], invitations: Sequence[Invitation]) -> Iterator[Moment]:
    for answer in given:
        policy = answer.request.policy_version.policy
        words = _("Answered: %(answer)s") % {"answer": answer_text(answer.answer)}
        yield Moment(answer.created_at, words, f"{policy.platform}: {said(policy.title)}")
    for each in invitations:
        for request in each.requests.all():
            if request.collection_mode == CollectionMode.ANONYMOUS_COUNT and request.answered_at:
                policy = request.policy_version.policy
                words = _("Answered, and was counted without a name")
                yield Moment(request.answered_at, words, f"{policy.platform}: {said(policy.title)}", day=True)


def _claims(claims: Sequence[RegionClaim]) -> Iterator[Moment]:
    for claim in claims:
        if claim.country:
            place = region_name(claim.country, "", in_use())
            words = _("Said that the profile is in %(place)s: that decides what applies") % {"place": place}
        else:
            words = _("Said that the roster has the right country")
        yield Moment(claim.created_at, words, claim.invitation.campaign.name)


def _help(requests: Sequence[HelpRequest]) -> Iterator[Moment]:
    for each in requests:
        policy = each.request.policy_version.policy
        about = f"{policy.platform}: {said(policy.title)}"
        yield Moment(each.created_at, _("Asked for help"), about)
        if each.answered_at:
            yield Moment(each.answered_at, _("A helper answered"), about)
        if each.closed_at:
            yield Moment(each.closed_at, _("The request for help was closed"), about)
