from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from employees import documents
from employees.gateways.workbooks import XLSX
from employees.services import record_export
from employees.views.imports import roster_import
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act

_PLANNED = ("joiners", "changes", "leavers", "review", "rejected")


def _attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _note(request: WorkplaceRequest, kind: str, people: int) -> None:
    record_export(organisation=request.organisation, user=request.user, kind=kind, people=people, now=timezone.now())


@require_GET
@workplace(Act.CHANGE_ROSTER)
def import_template(request: WorkplaceRequest) -> HttpResponse:
    return _attachment(documents.template(), "offswitch-roster-template.xlsx", XLSX)


@require_POST
@workplace(Act.EXPORT_PEOPLE)
def import_download(request: WorkplaceRequest, pk: int) -> HttpResponse:
    found = roster_import(request, pk)
    if not found.counts:
        raise Http404
    content = documents.plan_workbook(found)
    _note(request, "import plan, xlsx", sum(found.counts.get(name, 0) for name in _PLANNED))
    return _attachment(content, f"import-{found.pk}-plan.xlsx", XLSX)


@require_POST
@workplace(Act.EXPORT_PEOPLE)
def import_mend(request: WorkplaceRequest, pk: int, kind: str) -> HttpResponse:
    found = roster_import(request, pk)
    if kind not in {"csv", "xlsx"} or not found.counts or not found.detected:
        raise Http404
    content = documents.rows_to_mend(found, kind)
    _note(request, f"rows to mend, {kind}", found.to_mend)
    return _attachment(
        content, f"import-{found.pk}-to-mend.{kind}", XLSX if kind == "xlsx" else "text/csv; charset=utf-8"
    )
