"""Where a campaign stands and what waits for somebody: the first page of the workplace."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
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
from reports import queries, wording
from reports.first_steps import first_steps
from reports.key_figures import key_figures
from reports.needs import Desk, needs
from reports.rules import bars
from reports.tasks import count_figures


@require_GET
@workplace(Act.SEE_FIGURES)
def dashboard(request: WorkplaceRequest) -> HttpResponse:
    organisation, now, today = request.organisation, timezone.now(), timezone.localdate()
    everything = list(campaigns(organisation))
    started = [item for item in everything if item.state != CampaignState.DRAFT]
    shown = _chosen(started, request.GET.get("campaign", ""))
    context: dict[str, object] = {
        "campaigns": started,
        "people": 0 if shown else sum(countries(organisation).values()),
        "checklist": first_steps(
            organisation, request.role, second_factor=request.has_second_factor, campaigns=everything
        ),
        "logo": logo_of(organisation),
        "section": "dashboard",
    }
    counted: queries.Standing | None = None
    if shown:
        shown.organisation = organisation  # known: nothing needs to be asked for it
        counted = queries.standing(shown, now)
        context |= {"campaign": shown, "standing": counted}
        if counted.stale:
            ring(count_figures, campaign_id=shown.pk)
        if counted.counted:
            found = queries.as_shown(shown, counted.as_of, counted.counted, organisation.smallest_group)
            context |= _shown(found)
    desk = Desk(organisation, request.role, everything, now, today)
    context["needs"] = needs(desk, counted.counted.reopened if counted and counted.counted else {})
    return render(request, "reports/dashboard.html", context)


def _chosen(started: Sequence[Campaign], wanted: str) -> Campaign | None:
    return next((item for item in started if str(item.pk) == wanted), started[0] if started else None)


def _shown(found: queries.Readiness) -> dict[str, object]:
    """Figures, bars and rows of the dashboard, in the same words and steps as the reports."""
    total, step = found.total, found.step
    regions = wording.named_regions(found.regions, step)
    return {
        "readiness": found,
        "headline": wording.headline(found, regions),
        "figures": total,
        "key_figures": key_figures(found),
        "step": step,
        "regions": regions,
        "chart_title": wording.chart_title(found, regions),
        "bars": bars([(item.name, item.row) for item in regions], step),
    }
