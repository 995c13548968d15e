"""Pages around reports that are made: the bundle for an auditor, and schedules."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.rules import Act
from organisations.services import Event, append_evidence, record_seeing
from reports import wording
from reports.choosing import report_or_404
from reports.forms import WHEN, ScheduleForm
from reports.queries.bundles import last_bundle
from reports.queries.schedules import history, schedules
from reports.rules import Paper, Rhythm, Sending
from reports.services import cancel_bundle, end_schedule, request_bundle, set_schedule
from reports.tasks import make_bundle


@require_GET
@workplace(Act.SEE_EVIDENCE)
def bundle(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """How far the bundle is: a part of the report's page."""
    report = report_or_404(request, pk)
    if not request.headers.get("HX-Request"):
        return _report(request, pk)
    context = {"report": report, "bundle": last_bundle(report), "section": "reports"}
    return render(request, "reports/_bundle.html", context)


@require_POST
@workplace(Act.SEE_EVIDENCE)
def new_bundle(request: WorkplaceRequest, pk: int) -> HttpResponse:
    report = report_or_404(request, pk)
    made = request_bundle(report=report, user=request.user, now=timezone.now())
    if made:
        ring(make_bundle, bundle_id=made.pk)
    else:
        messages.error(request, _("A bundle can be made of a report that is made, while its files are kept."))
    return _report(request, pk)


@require_POST
@workplace(Act.SEE_EVIDENCE)
def end_bundle(request: WorkplaceRequest, pk: int) -> HttpResponse:
    if not cancel_bundle(report=report_or_404(request, pk), now=timezone.now()):
        messages.error(request, _("This bundle has ended already."))
    return _report(request, pk)


@require_GET
@workplace(Act.SEE_EVIDENCE)
def download_bundle(request: WorkplaceRequest, pk: int) -> HttpResponseBase:
    report = report_or_404(request, pk)
    found = last_bundle(report)
    path = found.path if found else None
    if found is None or path is None:
        raise Http404
    now, facts = timezone.now(), {"report": report.pk, "user": request.user.pk, "sha256": found.sha256}
    append_evidence(organisation=request.organisation, events=[Event("report.bundle_downloaded", facts)], now=now)
    if report.names:
        record_seeing(organisation=request.organisation, user=request.user, page="a report", now=now)
    return FileResponse(path.open("rb"), as_attachment=True, filename=report.name_of("evidence.zip"))


def _report(request: WorkplaceRequest, pk: int) -> HttpResponse:
    return redirect("report", request.organisation.slug, pk)


@require_http_methods(["GET", "POST"])
@workplace(Act.MAKE_REPORT)
def plan(request: WorkplaceRequest) -> HttpResponse:
    """Every schedule with what it made, and a form for another."""
    form = ScheduleForm(request.organisation, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        set_schedule(
            organisation=request.organisation,
            campaign=given["campaign"],
            rhythm=Rhythm(given["rhythm"]),
            sending=Sending(given["sending"]),
            language=given["language"],
            paper=Paper(given["paper"]),
            recipients=list(given["recipients"]),
            user=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("Set. The first report is made the next time that it is due."))
        return redirect("report-schedules", request.organisation.slug)
    found = [
        (schedule, WHEN[schedule.rhythm], [(past.run, wording.changes(past.changes)) for past in history(schedule)])
        for schedule in schedules(request.organisation)
    ]
    context = {"form": form, "schedules": found, "zone": request.organisation.zone, "section": "reports"}
    return render(request, "reports/schedules.html", context, status=422 if form.errors else 200)


@require_POST
@workplace(Act.MAKE_REPORT)
def end_plan(request: WorkplaceRequest, pk: int) -> HttpResponse:
    schedule = schedules(request.organisation).filter(pk=pk).select_related("organisation").first()
    if schedule is None:
        raise Http404
    end_schedule(schedule=schedule, user=request.user, now=timezone.now())
    messages.success(request, _("Ended. The reports that it made stay in the list."))
    return redirect("report-schedules", request.organisation.slug)
