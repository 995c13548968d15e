"""A manager's page: how many of their own team have answered, and nothing about anybody."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance.campaigns.queries import campaigns
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from reports.queries.team import team_response


@require_GET
@workplace(Act.SEE_TEAM)
def team(request: WorkplaceRequest) -> HttpResponse:
    organisation, now = request.organisation, timezone.now()
    rows = [
        (item, team_response(organisation, item, request.user.email, now, organisation.smallest_group))
        for item in campaigns(organisation).exclude(state="draft")[:12]
    ]
    context = {"rows": rows, "step": max(1, organisation.smallest_group), "section": "team"}
    return render(request, "reports/team.html", context)
