"""Pages around a report that is made: its bundle for an auditor."""

from tempfile import TemporaryFile

from django.contrib import messages
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from reports import queries
from reports.models import Report
from reports.rules import ReportState
from reports.services import NoBundle, write_report_bundle


def _report(request: WorkplaceRequest, pk: int) -> Report:
    found = queries.report(request.organisation, pk)
    if found is None:
        raise Http404
    return found


@require_GET
@workplace(Act.SEE_EVIDENCE)
def bundle(request: WorkplaceRequest, pk: int) -> HttpResponseBase:
    report = _report(request, pk)
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
