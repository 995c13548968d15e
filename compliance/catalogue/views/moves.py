"""What a roster import's moves between regions mean for each policy, before anybody commits it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance.catalogue import queries
from compliance.catalogue.models import Policy
from compliance.catalogue.rules import Decision, Subject, resolve
from employees.names import region_name
from employees.queries import region_moves, roster_import
from employees.rules.regions import Region
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from organisations.told import in_use

SHOWN = 60  # kinds of moves on the page, those of most people first


@dataclass(frozen=True)
class Move:
    """People who go from one region to another, and the policies that mean something else for them there."""

    before: str
    after: str
    people: int
    effects: list[tuple[Policy, Decision, Decision]]
    same: int


@require_GET
@workplace(Act.CHANGE_ROSTER)
def import_moves(request: WorkplaceRequest, pk: int) -> HttpResponse:
    planned = roster_import(request.organisation, pk)
    if planned is None or not planned.counts:
        raise Http404
    on = timezone.localdate()
    known, overrides = queries.catalogue(), queries.overrides(request.organisation)
    policies = {item.key: item for item in queries.policies()}
    found = region_moves(planned).most_common()

    def means(place: Region) -> dict[str, Decision]:
        subject = Subject(place.country, place.subdivision)
        return {item.policy: item for item in resolve(subject, on, known, overrides)}

    moves = [_move(before, after, people, policies, means) for (before, after), people in found[:SHOWN]]
    context = {
        "planned": planned,
        "moves": moves,
        "more": len(found) - len(moves),
        "today": timezone.localdate(),
        "section": "people",
    }
    return render(request, "catalogue/moves.html", context)


def _move(
    before: Region,
    after: Region,
    people: int,
    policies: Mapping[str, Policy],
    means: Callable[[Region], dict[str, Decision]],
) -> Move:
    old, new = means(before), means(after)
    effects = [
        (policies[key], old[key], new[key]) for key in new if key in old and _meaning(old[key]) != _meaning(new[key])
    ]
    names = [region_name(place.country, place.subdivision, in_use()) for place in (before, after)]
    return Move(names[0], names[1], people, effects, len(new) - len(effects))


def _meaning(decision: Decision) -> tuple[object, ...]:
    return decision.status, decision.advice, decision.collection_mode
