"""Where a campaign stands and what waits for somebody: the first page of the workplace."""

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import campaigns
from compliance.campaigns.rules import CampaignState
from employees.queries import countries
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.queries import logo_of
from organisations.rules import Act
from reports import queries
from reports.board import board, choices
from reports.cuts import cut, wish
from reports.first_steps import first_steps
from reports.needs import Desk, needs
from reports.tasks import count_figures


@require_GET
@workplace(Act.SEE_FIGURES)
def dashboard(request: WorkplaceRequest) -> HttpResponse:
    """The page; for the page's own script the part that moves, and 204 when it has not moved since (`seen`)."""
    everything = list(campaigns(request.organisation))
    started = [item for item in everything if item.state != CampaignState.DRAFT]
    shown = _chosen(started, request.GET.get("campaign", ""))
    context = {"section": "dashboard", "campaigns": started, **_found(request, shown, everything)}
    moving = render_to_string("reports/_board.html", context, request)
    seen = hashlib.blake2s(moving.encode(), digest_size=8).hexdigest()
    if request.headers.get("HX-Request"):
        if request.GET.get("seen") == seen:
            return HttpResponse(status=204)
        return render(request, "reports/_live.html", context | {"moving": moving, "seen": seen})
    context |= {
        "moving": moving,
        "seen": seen,
        "logo": logo_of(request.organisation),
        **_start(request, shown, everything),
    }
    return render(request, "reports/dashboard.html", context)


def _chosen(started: Sequence[Campaign], wanted: str) -> Campaign | None:
    return next((item for item in started if str(item.pk) == wanted), started[0] if started else None)


def _found(request: WorkplaceRequest, campaign: Campaign | None, everything: Sequence[Campaign]) -> dict[str, Any]:
    organisation, now, today = request.organisation, timezone.now(), timezone.localdate()
    desk = Desk(organisation, request.may, everything, now, today)
    if campaign is None:
        return {"needs": needs(desk, {})}
    campaign.organisation = organisation  # known: nothing needs to be asked for it
    standing = queries.standing(campaign, now)
    if standing.stale:
        ring(count_figures, campaign_id=campaign.pk)
    wanted = wish(request.GET)
    address = {"campaign": campaign.pk, **{name: value for name, value in vars(wanted).items() if value}}
    context: dict[str, Any] = {
        "campaign": campaign,
        "standing": standing,
        "wish": wanted,
        "address": urlencode(address),
    }
    if standing.counted is None:
        return context | {"needs": needs(desk, {})}
    counted, versions = standing.counted, queries.versions_of(standing.counted.exact)
    found = queries.as_shown(campaign, standing.as_of, counted, organisation.smallest_group, versions=versions)
    context |= board(found, cut(found, wanted), wanted, today) | choices(found, wanted)
    return context | {"needs": needs(desk, counted.reopened), "chips": _chips(context["chosen"], address)}


def _chips(chosen: dict[str, str], address: dict[str, Any]) -> list[tuple[str, str]]:
    """What the page is cut to, each with the address without it."""
    return [
        (label, urlencode({key: value for key, value in address.items() if key != name}))
        for name, label in chosen.items()
    ]


def _start(request: WorkplaceRequest, shown: Campaign | None, everything: Sequence[Campaign]) -> dict[str, Any]:
    """What only a new installation has on this page."""
    steps = first_steps(
        request.organisation, request.role, second_factor=request.has_second_factor, campaigns=everything
    )
    return {"checklist": steps, "people": 0 if shown else sum(countries(request.organisation).values())}
