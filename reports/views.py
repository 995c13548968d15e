from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from compliance.campaigns.queries import campaign as find_campaign
from compliance.campaigns.queries import campaigns
from employees.queries import countries
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.rules import Act
from organisations.services import Event, append_evidence
from reports import queries
from reports.models import Report
from reports.needs import needs
from reports.rules import ReportState, percent
from reports.services import request_report, retry_report
from reports.tasks import make_report


@require_GET
@workplace(Act.SEE_FIGURES)
def dashboard(request: WorkplaceRequest) -> HttpResponse:
    organisation = request.organisation
    all_campaigns = list(campaigns(organisation).exclude(state="draft"))
    wanted = request.GET.get("campaign", "")
    shown = next(
        (item for item in all_campaigns if str(item.pk) == wanted),
        all_campaigns[0] if all_campaigns else None,
    )
    context: dict[str, object] = {
        "campaigns": all_campaigns,
        "people": 0 if shown else sum(countries(organisation).values()),
        "section": "dashboard",
    }
    if shown:
        found = queries.readiness(shown, timezone.now(), organisation.minimum_cell)
        context |= {
            "campaign": shown,
            "readiness": found,
            "figures": found.total,
            "shares": {"readiness": percent(found.total.readiness), "response": percent(found.total.response_rate)},
            "notes": {
                "readiness": f"{found.total.confirmed:,} of {found.total.asked:,} asked: off, or no account",
                "response": f"{found.total.answered:,} of {found.total.asked:,} asked, whatever the answer",
            },
            "needs": needs(organisation, shown, timezone.localdate(), request.role),
        }
    return render(request, "reports/dashboard.html", context)


@require_GET
@workplace(Act.SEE_FIGURES)
def reports(request: WorkplaceRequest) -> HttpResponse:
    context = {
        "reports": queries.reports(request.organisation)[:100],
        "campaigns": campaigns(request.organisation).exclude(state="draft"),
        "section": "reports",
    }
    return render(request, "reports/list.html", context)


@require_POST
@workplace(Act.MAKE_REPORT)
def new(request: WorkplaceRequest) -> HttpResponse:
    pk = request.POST.get("campaign", "")
    campaign = find_campaign(request.organisation, int(pk)) if pk.isdecimal() and len(pk) < 19 else None
    if campaign is None or campaign.state == "draft":
        raise Http404
    report = request_report(organisation=request.organisation, campaign=campaign, user=request.user, now=timezone.now())
    ring(make_report, report_id=report.pk)
    return redirect("report", request.organisation.slug, report.pk)


@require_GET
@workplace(Act.SEE_FIGURES)
def detail(request: WorkplaceRequest, pk: int) -> HttpResponse:
    template = "reports/_progress.html" if request.headers.get("HX-Request") else "reports/detail.html"
    return render(request, template, {"report": _report(request, pk), "section": "reports"})


@require_POST
@workplace(Act.MAKE_REPORT)
def retry(request: WorkplaceRequest, pk: int) -> HttpResponse:
    report = _report(request, pk)
    if retry_report(report=report):
        ring(make_report, report_id=report.pk)
    else:
        messages.error(request, "Only a report that failed can be tried again.")
    return redirect("report", request.organisation.slug, pk)


@require_GET
@workplace(Act.SEE_FIGURES)
def download(request: WorkplaceRequest, pk: int) -> HttpResponseBase:
    report = _report(request, pk)
    if report.state != ReportState.DONE or not report.path.is_file():
        raise Http404
    event = Event("report.downloaded", {"report": report.pk, "user": request.user.pk})
    append_evidence(organisation=request.organisation, events=[event], now=timezone.now())
    return FileResponse(report.path.open("rb"), as_attachment=True, filename=report.download_name)


def _report(request: WorkplaceRequest, pk: int) -> Report:
    found = queries.report(request.organisation, pk)
    if found is None:
        raise Http404
    return found
