"""The page of all jobs."""

from collections import Counter

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from reports.jobs.listing import all_jobs, all_planned
from reports.jobs.shape import Viewer
from reports.rules.jobs import GROUPS

FILTERS = [("", _("All")), ("running", _("Under way")), ("failed", _("In trouble")), ("done", _("Done"))]


@require_GET
@workplace(Act.SEE_FIGURES)
def jobs(request: WorkplaceRequest) -> HttpResponse:
    """`?show=` narrows to a group; the list asks for itself again while the page is open."""
    now, viewer = timezone.now(), Viewer.of(request.membership, request.user)
    found = all_jobs(viewer, now)
    wanted = request.GET.get("show", "")
    wanted = wanted if wanted in GROUPS else ""
    numbers = Counter(name for job in found for name, states in GROUPS.items() if job.state in states)
    context = {
        "jobs": [job for job in found if not wanted or job.state in GROUPS[wanted]],
        "filters": [(name, label, numbers[name] if name else len(found)) for name, label in FILTERS],
        "wanted": wanted,
        "moving": numbers["running"] > 0,
        "section": "jobs",
    }
    if request.headers.get("HX-Request"):
        return render(request, "reports/_jobs.html", context)
    return render(request, "reports/jobs.html", context | {"planned": all_planned(viewer, now)})
