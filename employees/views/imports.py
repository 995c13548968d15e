from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from employees import queries
from employees.documents import field_label
from employees.forms import MEANINGS, ColumnsForm, CommitForm, UploadForm
from employees.gateways import UnreadableRoster, check_size, roster_file
from employees.models import RosterImport
from employees.names import country_choices, region_name, us_states
from employees.plans import PlanPage, Unclear, plan_page, unclear_places
from employees.rules.columns import Column
from employees.rules.plan import Line
from employees.services import (
    ImportRefused,
    commit_import,
    discard_import,
    plan_import,
    receive_file,
    request_commit,
    undo_import,
    why_not_undo,
)
from employees.tasks import commit_roster, plan_roster
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.rules import Act
from organisations.told import in_use

State = RosterImport.State

# Up to these the answer comes with the page; beyond them a worker does it and the page shows how far it is.
AT_ONCE_BYTES = 512 * 1024
AT_ONCE_LINES = 5_000
SAMPLE = settings.BASE_DIR / "samples" / "roster.csv"


@dataclass(frozen=True)
class Tab:
    """One of the plan's big counts, which opens its list."""

    kind: str
    counted_as: str
    label: str | Promise
    note: str | Promise
    warns: bool = False
    number: int = 0

    @property
    def fault(self) -> bool:
        return self.warns and self.number > 0

    def counting(self, counts: dict[str, int]) -> "Tab":
        return replace(self, number=counts.get(self.counted_as, 0))


_TABS = [
    Tab("joiner", "joiners", pgettext_lazy("lines of a plan", "Join"), gettext_lazy("new on the roster")),
    Tab("change", "changes", pgettext_lazy("lines of a plan", "Change"), gettext_lazy("something is different")),
    Tab("move", "region_moves", pgettext_lazy("lines of a plan", "Move"), gettext_lazy("changes of region")),
    Tab("leaver", "leavers", pgettext_lazy("lines of a plan", "Leave"), gettext_lazy("not in this file")),
    Tab("review", "review", gettext_lazy("Review"), gettext_lazy("the region is unclear"), warns=True),
    Tab("rejected", "rejected", gettext_lazy("Rejected"), gettext_lazy("cannot be imported"), warns=True),
]


@require_http_methods(["GET", "POST"])
@workplace(Act.CHANGE_ROSTER)
def upload(request: WorkplaceRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, initial={"covers": "whole"})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            check_size(given.name, given.size)
            file = roster_file(given.name, given.read())
        except UnreadableRoster as error:
            form.add_error("file", str(error))
        else:
            whole = form.cleaned_data["covers"] != "partial"
            made = receive_file(
                organisation=request.organisation, file=file, user=request.user, now=timezone.now(), whole=whole
            )
            read(made, len(file.content))
            return redirect("import-plan", request.organisation.slug, made.pk)
    context = {
        "form": form,
        "offers_sample": not queries.active_employees(request.organisation).exists(),
        "section": "people",
    }
    return render(request, "employees/upload.html", context, status=422 if form.errors else 200)


@require_POST
@workplace(Act.CHANGE_ROSTER)
def sample(request: WorkplaceRequest) -> HttpResponse:
    """The invented people that come with the product, as if somebody had uploaded them; on an empty roster alone."""
    if queries.active_employees(request.organisation).exists():
        messages.error(request, _("There are people on the roster already: invented ones would mix with them."))
        return redirect("import-upload", request.organisation.slug)
    file = roster_file(SAMPLE.name, SAMPLE.read_bytes())
    made = receive_file(organisation=request.organisation, file=file, user=request.user, now=timezone.now(), whole=True)
    read(made, len(file.content))
    return redirect("import-plan", request.organisation.slug, made.pk)


def read(made: RosterImport, size: int) -> None:
    """Makes the plan of a short file at once, and leaves a long one to a worker."""
    if size <= AT_ONCE_BYTES:
        plan_import(import_id=made.pk, now=timezone.now())
    else:
        ring(plan_roster, import_id=made.pk)


@require_GET
@workplace(Act.CHANGE_ROSTER, shows="import plan")
def import_plan(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """One page for an import from its upload to its end: progress, a question about columns, the plan, what became."""
    found = roster_import(request, pk)
    context: dict[str, object] = {"planned": found, "counts": found.counts, "section": "people"}
    if found.running:
        request.shows_nobody = True
        name = "employees/_progress.html" if request.htmx else "employees/import_wait.html"  # type: ignore[attr-defined]
        return render(request, name, context)
    if found.state in {State.UNMAPPED, State.FAILED}:
        return _finished(
            request, render(request, "employees/import_columns.html", context | {"columns": ColumnsForm(found)})
        )
    page = plan_page(found, request.GET)
    context |= {
        "tabs": [tab.counting(found.counts) for tab in _TABS],
        "page": page,
        "rows": [_shown(line, page) for line in page.lines],
        "nothing": found.changes_nothing,
        "form": CommitForm(found.counts.get("leavers", 0)),
        "columns": ColumnsForm(found) if found.state == State.PLANNED else None,
        "places": _places(found, page),
        "countries": country_choices(in_use()),
        "states": us_states().items(),
        "no_undo": why_not_undo(found, timezone.now()) if found.state == State.COMMITTED else "",
    }
    return _finished(request, render(request, "employees/import_plan.html", context))


def _finished(request: WorkplaceRequest, response: HttpResponse) -> HttpResponse:
    """A page that polls for the end gets the whole new page."""
    if request.htmx:  # type: ignore[attr-defined]
        request.shows_nobody = True
        return HttpResponse(headers={"HX-Refresh": "true"})
    return response


def _words(name: str, value: str) -> str:
    """Codes of places as names; everything else as it stands."""
    if name == "country":
        return region_name(value, language=in_use())
    return region_name(value[:2], value, in_use()) if name == "subdivision" and value else value


def _label(name: str) -> str:
    """A field of a person, called as the columns of a file are."""
    column = Column.STATE if name == "subdivision" else name
    return str({str(key): label for key, label in MEANINGS.items()}.get(str(column), field_label(name)))


def _places(found: RosterImport, page: PlanPage) -> list[Unclear]:
    return unclear_places(found) if page.kind == "review" and found.state == State.PLANNED else []


def _shown(line: Line, page: PlanPage) -> dict[str, object]:
    person = line.after or line.before
    return {
        "line": line,
        "region": region_name(person.country, person.subdivision, in_use()) if person else "",
        "from": region_name(line.before.country, line.before.subdivision, in_use()) if line.before else "",
        "changes": [
            {"label": _label(name), "before": _words(name, before), "after": _words(name, after)}
            for name, (before, after) in line.changes.items()
        ],
    }


@require_POST
@workplace(Act.CHANGE_ROSTER)
def import_commit(request: WorkplaceRequest, pk: int) -> HttpResponse:
    planned = roster_import(request, pk)
    confirmed = False
    seen = request.POST.get("revision", "")[:9]
    revision = int(seen) if seen.isdecimal() else None
    if planned.many_leavers:
        form = CommitForm(planned.counts["leavers"], request.POST)
        if not form.is_valid():
            messages.error(request, str(form.errors["leavers"][0]))
            return redirect("import-plan", request.organisation.slug, pk)
        confirmed = True
    try:
        if sum(planned.counts.get(name, 0) for name in ("joiners", "changes", "leavers")) > AT_ONCE_LINES:
            request_commit(roster_import=planned, leavers_confirmed=confirmed, revision=revision, now=timezone.now())
            ring(commit_roster, import_id=planned.pk)
            return redirect("import-plan", request.organisation.slug, pk)
        commit_import(roster_import=planned, leavers_confirmed=confirmed, revision=revision, now=timezone.now())
    except ImportRefused as error:
        messages.error(request, str(error))
        return redirect("import-plan", request.organisation.slug, pk)
    counts = planned.counts
    messages.success(
        request,
        _("Imported: %(joined)s joined, %(changed)s changed, %(left)s left.")
        % {
            "joined": number_format(counts["joiners"]),
            "changed": number_format(counts["changes"]),
            "left": number_format(counts["leavers"]),
        },
    )
    if planned.to_mend:
        return redirect("import-plan", request.organisation.slug, pk)
    return redirect("people", request.organisation.slug)


@require_POST
@workplace(Act.CHANGE_ROSTER)
def import_discard(request: WorkplaceRequest, pk: int) -> HttpResponse:
    if discard_import(roster_import=roster_import(request, pk), now=timezone.now()):
        messages.success(request, _("The upload and its plan were deleted. The roster is as it was."))
    else:
        messages.error(request, _("There was nothing to discard: this import had ended already."))
    return redirect("people", request.organisation.slug)


@require_POST
@workplace(Act.CHANGE_ROSTER)
def import_undo(request: WorkplaceRequest, pk: int) -> HttpResponse:
    try:
        undo_import(roster_import=roster_import(request, pk), now=timezone.now())
    except ImportRefused as error:
        messages.error(request, str(error))
        return redirect("import-plan", request.organisation.slug, pk)
    messages.success(request, _("The import was undone. The roster is as it was before."))
    return redirect("people", request.organisation.slug)


def roster_import(request: WorkplaceRequest, pk: int) -> RosterImport:
    found = queries.roster_import(request.organisation, pk)
    if found is None:
        raise Http404
    return found
