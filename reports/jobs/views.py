"""The page of all jobs."""

from collections import Counter
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from reports.jobs.listing import all_jobs, all_planned, calls, jobs_now
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


REMEMBERED = "jobs"  # the cookie with the keys of what is under way of mine: it says what a toast is due for
MOST_REMEMBERED = 20


@require_GET
@workplace(Act.SEE_FIGURES)
def now(request: WorkplaceRequest) -> HttpResponse:
    """The menu's count, and a toast for each job of mine that has ended since the last look; asks again while one is
    under way. What was under way stands in a cookie, not in the session, which a look must not write."""
    instant, viewer = timezone.now(), Viewer.of(request.membership, request.user)
    before = set(request.COOKIES.get(REMEMBERED, "").split(".")[:MOST_REMEMBERED])
    found = jobs_now(viewer, instant, before)
    mine = [job.key for job in found if job.mine and job.under_way and calls(job, instant)][:MOST_REMEMBERED]
    here = urlsplit(request.headers.get("HX-Current-URL", "")).path
    ended = [job for job in found if job.mine and job.key in before - set(mine) and job.url != here]
    context = {"ended": ended, "number": sum(calls(job, instant) for job in found), "polls": bool(mine)}
    response = render(request, "reports/_jobs_now.html", context)
    path = reverse("dashboard", args=[request.organisation.slug])
    response.set_cookie(
        REMEMBERED, ".".join(mine), path=path, httponly=True, secure=request.is_secure(), samesite="Lax"
    )  # fmt: skip
    return response
