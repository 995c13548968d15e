from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from compliance.campaigns.queries import campaign as find_campaign
from compliance.campaigns.queries import campaigns
from employees.names import country_name
from employees.queries import countries
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.queries import certificate_of
from organisations.rules import Act
from organisations.services import Event, append_evidence, record_seeing
from reports import queries, wording
from reports.choosing import WHAT_FOR, KindForm, report_or_404
from reports.queries.bundles import last_bundle
from reports.rules import Paper, ReportKind, ReportState
from reports.services import cancel_report, request_report, retry_report
from reports.tasks import make_report


@require_GET
@workplace(Act.SEE_FIGURES)
def reports(request: WorkplaceRequest) -> HttpResponse:
    wanted = request.GET.get("kind", "")
    kind = ReportKind(wanted) if wanted in set(ReportKind) else ReportKind.READINESS
    names = request.may(Act.SEE_PEOPLE) and not request.organisation.works_council_mode
    listed = queries.reports(request.organisation, names=names)
    certificate, now = certificate_of(request.organisation), timezone.now()
    places = countries(request.organisation) if kind == ReportKind.REGION else {}
    context = {
        "reports": listed[:100],
        "kinds": WHAT_FOR.items(),
        "kind": kind,
        "kind_text": WHAT_FOR[kind],
        "countries": sorted(((code, country_name(code)) for code in places), key=lambda place: place[1]),
        "may_see_people": request.may(Act.SEE_PEOPLE),
        "campaigns": campaigns(request.organisation).exclude(state="draft"),
        "languages": wording.LANGUAGES,
        "papers": list(Paper),
        "certificate_ends": certificate and (certificate.ended(now) or certificate.ends_soon(now)),
        "certificate": certificate,
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
    language, paper = request.POST.get("language", "en"), request.POST.get("paper", Paper.A4)
    if language not in dict(wording.LANGUAGES) or paper not in set(Paper):
        raise Http404
    now = timezone.now()
    as_of = _instant(request.POST.get("as_of", ""))
    if as_of and as_of > now:
        return _back(request, _("Answers can be counted up to now, not up to a later day."))
    form = KindForm(
        request.POST, organisation=request.organisation, campaign=campaign, role=request.role, as_of=as_of or now
    )
    if not form.is_valid():
        return _back(request, form.first_error)
    report = request_report(
        organisation=request.organisation,
        campaign=campaign,
        user=request.user,
        now=now,
        as_of=as_of,
        language=language,
        paper=Paper(paper),
        wanted=form.wanted(),
    )
    ring(make_report, report_id=report.pk)
    return redirect("report", request.organisation.slug, report.pk)


def _back(request: WorkplaceRequest, why: str) -> HttpResponse:
    """To the form of the same kind, with what is wrong."""
    messages.error(request, why)
    back = reverse("reports", args=[request.organisation.slug])
    return redirect(f"{back}?{urlencode({'kind': request.POST.get('kind', '')})}")


def _instant(text: str) -> datetime | None:
    """None for an empty field, and for what is no date and time; without a zone it is the server's time."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return timezone.make_aware(found) if found and timezone.is_naive(found) else found


@require_GET
@workplace(Act.SEE_FIGURES)
def detail(request: WorkplaceRequest, pk: int) -> HttpResponse:
    template = "reports/_progress.html" if request.headers.get("HX-Request") else "reports/detail.html"
    report = report_or_404(request, pk)
    context = {"report": report, "bundle": last_bundle(report), "section": "reports"}
    return render(request, template, context)


@require_POST
@workplace(Act.MAKE_REPORT)
def retry(request: WorkplaceRequest, pk: int) -> HttpResponse:
    report = report_or_404(request, pk)
    if retry_report(report=report, now=timezone.now()):
        ring(make_report, report_id=report.pk)
    else:
        messages.error(request, _("Only a report that failed or was cancelled can be tried again."))
    return redirect("report", request.organisation.slug, pk)


@require_POST
@workplace(Act.MAKE_REPORT)
def cancel(request: WorkplaceRequest, pk: int) -> HttpResponse:
    if not cancel_report(report=report_or_404(request, pk), now=timezone.now()):
        messages.error(request, _("This report has ended already."))
    return redirect("report", request.organisation.slug, pk)


@require_GET
@workplace(Act.SEE_FIGURES)
def download(request: WorkplaceRequest, pk: int, extension: str = "pdf") -> HttpResponseBase:
    report = report_or_404(request, pk)
    path = report.path_of(extension) if report.state == ReportState.DONE else None
    if path is None:
        raise Http404
    event = Event("report.downloaded", {"report": report.pk, "file": extension, "user": request.user.pk})
    append_evidence(organisation=request.organisation, events=[event], now=timezone.now())
    if report.names:
        record_seeing(organisation=request.organisation, user=request.user, page="a report", now=timezone.now())
    return FileResponse(path.open("rb"), as_attachment=True, filename=report.name_of(extension))
