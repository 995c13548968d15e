"""Pages around reports that are made: the bundle for an auditor, and schedules."""

from tempfile import TemporaryFile

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from reports import wording
from reports.choosing import report_or_404
from reports.forms import RHYTHMS, ScheduleForm
from reports.queries.schedules import history, schedules
from reports.rules import Paper, ReportState, Rhythm, Sending
from reports.services import NoBundle, end_schedule, set_schedule, write_report_bundle

WHEN = dict(RHYTHMS)


@require_GET
@workplace(Act.SEE_EVIDENCE)
def bundle(request: WorkplaceRequest, pk: int) -> HttpResponseBase:
    report = report_or_404(request, pk)
    if report.state != ReportState.DONE:
        raise Http404
    out = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write_report_bundle(report=report, out=out, user=request.user, now=timezone.now())
    except NoBundle as error:
        out.close()
        messages.error(request, str(error))
        return redirect("report", request.organisation.slug, pk)
    return FileResponse(out, as_attachment=True, filename=report.name_of("evidence.zip"))


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
        messages.success(request, "Set. The first report is made the next time that it is due.")
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
    messages.success(request, "Ended. The reports that it made stay in the list.")
    return redirect("report-schedules", request.organisation.slug)
