"""One person: what happened and when, what applies to them and why, where the answers stand, notes for helpers."""

from typing import NamedTuple

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from compliance.attestations.queries import help_of
from compliance.attestations.timeline import timeline
from compliance.campaigns.listing import language_name
from compliance.campaigns.models import Invitation
from compliance.campaigns.queries import invitations_of, suppressions
from compliance.catalogue.models import Policy
from compliance.catalogue.queries import all_sources, catalogue, overrides, policies
from compliance.catalogue.rules import CollectionRule, Decision, Subject, resolve
from compliance.catalogue.schema import SourceEntry
from employees.models import Employee
from employees.names import region_name
from employees.queries import employee as find_employee
from employees.queries import note, notes_about, region_history
from employees.services import NotKept, remove_note, write_note
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act, Role, may
from organisations.services import Event, append_evidence
from organisations.told import in_use


class Applies(NamedTuple):
    """A policy in force where somebody is: what the rules decide, and what that rests on."""

    policy: Policy
    decision: Decision
    sources: list[SourceEntry]


class Together(NamedTuple):
    """What asks something of them first, the rest apart; how answers may be kept is said once, since it is the place's
    and not a policy's."""

    asked: list[Applies]
    others: list[Applies]
    collection: CollectionRule | None


@require_GET
@workplace(Act.SEE_PEOPLE)
def person(request: WorkplaceRequest, pk: int) -> HttpResponse:
    organisation, found = request.organisation, _person(request, pk)
    event = Event("person.looked_at", {"user": request.user.pk}, personal={"employee": found.pk}, subject=found.pk)
    append_evidence(organisation=organisation, events=[event], now=timezone.now())
    invitations, moves = invitations_of(organisation, found), region_history(found)
    may_note = may(request.role, Act.ANSWER_HELP)  # notes are of helpers for helpers: no auditor reads them
    profile = "" if organisation.works_council_mode else _profile(invitations)
    context = {
        "person": found,
        "language": language_name(found.language) if found.language else "",
        "region": region_name(found.country, found.subdivision, in_use()),
        "profile": region_name(profile, "", in_use()) if profile else "",
        "moves": moves,
        "invitations": invitations,
        "moments": timeline(organisation, found, invitations, moves),
        "applies": _applies(request, found, profile),
        "may_note": may_note,
        "notes": notes_about(found) if may_note else (),
        "suppression": suppressions(organisation).filter(email=found.email.lower()).first(),
        "languages": settings.LANGUAGES,
        "section": "people",
    }
    return render(request, "people/person.html", context)


def _person(request: WorkplaceRequest, pk: int) -> Employee:
    found = find_employee(request.organisation, pk)
    if found is None:
        raise Http404
    return found


def _profile(invitations: list[Invitation]) -> str:
    """The country that the person named last, where it is not the roster's."""
    return next((each.profile_country for each in invitations if each.profile_country), "")


def _applies(request: WorkplaceRequest, person: Employee, profile: str) -> Together:
    """What is in force today."""
    subject = Subject(person.country, person.subdivision, profile)
    decisions = resolve(subject, timezone.localdate(), catalogue(), overrides(request.organisation))
    titles, known = {policy.key: policy for policy in policies()}, all_sources()
    found = [
        Applies(titles[item.policy], item, [known[name] for name in item.citations if name in known])
        for item in decisions
        if item.version and item.policy in titles
    ]
    ranked = sorted(found, key=lambda each: ["send", "send_neutral", "offer", "withhold"].index(each.decision.advice))
    return Together(
        [each for each in ranked if each.decision.asks],
        [each for each in ranked if not each.decision.asks],
        next((each.decision.collection for each in ranked), None),
    )


@require_POST
@workplace(Act.ANSWER_HELP)
def write(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """Adds a note. A helper sees nobody but those who asked for help, so writes about nobody else either."""
    found = _person(request, pk)
    if request.role == Role.HELPER and not help_of(found):
        raise Http404
    try:
        write_note(employee=found, text=request.POST.get("text", ""), user=request.user, now=timezone.now())
    except NotKept as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The note is kept. Helpers see it beside requests of this person."))
    return _back(request, found)


@require_POST
@workplace(Act.ANSWER_HELP)
def remove(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """Takes a note away: one's own, or any for owners and admins."""
    found = note(request.organisation, pk)
    if found is None or (request.role == Role.HELPER and found.author_id != request.user.pk):
        raise Http404
    person = found.employee
    remove_note(note=found, user=request.user, now=timezone.now())
    messages.success(request, _("The note is gone."))
    return _back(request, person)


def _back(request: WorkplaceRequest, person: Employee) -> HttpResponse:
    """To the request for help that the note was written beside, or to the person's page where the role may see it."""
    beside = request.POST.get("help", "")
    asked = next((each.pk for each in help_of(person) if str(each.pk) == beside), None)
    if asked is not None:
        return redirect("help-request", request.organisation.slug, asked)
    if request.role == Role.HELPER:
        return redirect("help", request.organisation.slug)
    return redirect("person", request.organisation.slug, person.pk)
