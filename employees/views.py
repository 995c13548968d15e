from dataclasses import dataclass, replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from employees import queries
from employees.forms import CommitForm, UploadForm
from employees.gateways import UnreadableRoster, read_roster
from employees.models import RosterImport
from employees.names import country_name
from employees.rules.plan import Kind
from employees.services import ImportRefused, commit_import, discard_import, plan_import
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act


@require_GET
@workplace(Act.SEE_PEOPLE)
def people(request: WorkplaceRequest) -> HttpResponse:
    text, country = (
        request.GET.get("q", "").replace("\0", "").strip(),
        request.GET.get("country", "").replace("\0", "").upper(),
    )
    found = queries.employees_matching(request.organisation, text, country)
    return render(
        request,
        "employees/people.html",
        {
            "page": Paginator(found, 50).get_page(request.GET.get("page")),
            "countries": sorted(
                (
                    (code, country_name(code), people)
                    for code, people in queries.countries(request.organisation).items()
                ),
                key=lambda item: item[1],
            ),
            "text": text,
            "country": country,
            "imports": queries.roster_imports(request.organisation)[:5],
            "section": "people",
        },
    )


@dataclass(frozen=True)
class Tab:
    """One of the plan's big counts, which opens its list."""

    kind: str
    counted_as: str
    label: str
    note: str
    warns: bool = False
    number: int = 0

    @property
    def fault(self) -> bool:
        return self.warns and self.number > 0

    def counting(self, counts: dict[str, int]) -> "Tab":
        return replace(self, number=counts[self.counted_as])


_TABS = [
    Tab("joiner", "joiners", "Join", "new on the roster"),
    Tab("change", "changes", "Change", "something is different"),
    Tab("leaver", "leavers", "Leave", "not in this file"),
    Tab("rejected", "rejected", "Rejected", "cannot be imported", warns=True),
    Tab("review", "review", "Review", "the region is unclear", warns=True),
]


@require_http_methods(["GET", "POST"])
@workplace(Act.CHANGE_ROSTER)
def upload(request: WorkplaceRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            file = read_roster(upload.name, upload.read())
            planned = plan_import(organisation=request.organisation, file=file, user=request.user, now=timezone.now())
        except UnreadableRoster as error:
            form.add_error("file", str(error))
        else:
            return redirect("import-plan", request.organisation.slug, planned.pk)
    return render(
        request, "employees/upload.html", {"form": form, "section": "people"}, status=422 if form.errors else 200
    )


@require_GET
@workplace(Act.CHANGE_ROSTER)
def import_plan(request: WorkplaceRequest, pk: int) -> HttpResponse:
    planned = _import(request, pk)
    kinds = {kind.value: [line for line in planned.lines if line["kind"] == kind] for kind in Kind}
    chosen = request.GET.get("show", "")
    if chosen not in kinds:
        chosen = next((tab.kind for tab in reversed(_TABS) if kinds[tab.kind]), Kind.JOINER.value)
    page = Paginator(kinds[chosen], 100).get_page(request.GET.get("page"))
    for line in page:
        line["shown_changes"] = [
            {"label": name.replace("_", " "), "before": before, "after": after}
            for name, (before, after) in line["changes"].items()
        ]
    return render(
        request,
        "employees/import_plan.html",
        {
            "planned": planned,
            "section": "people",
            "counts": planned.counts,
            "chosen": chosen,
            "tabs": [tab.counting(planned.counts) for tab in _TABS],
            "page": page,
            "form": CommitForm(),
            "nothing": not any(kinds[kind] for kind in ("joiner", "change", "leaver")),
        },
    )


@require_POST
@workplace(Act.CHANGE_ROSTER)
def import_commit(request: WorkplaceRequest, pk: int) -> HttpResponse:
    planned = _import(request, pk)
    try:
        commit_import(roster_import=planned, leavers_confirmed="leavers_confirmed" in request.POST, now=timezone.now())
    except ImportRefused as error:
        messages.error(request, str(error))
        return redirect("import-plan", request.organisation.slug, pk)
    counts = planned.counts
    messages.success(
        request,
        f"Imported: {counts['joiners']} joined, {counts['changes']} changed, {counts['leavers']} left.",
    )
    return redirect("people", request.organisation.slug)


@require_POST
@workplace(Act.CHANGE_ROSTER)
def import_discard(request: WorkplaceRequest, pk: int) -> HttpResponse:
    discard_import(roster_import=_import(request, pk), now=timezone.now())
    messages.success(request, "The plan was discarded. The roster is as it was.")
    return redirect("people", request.organisation.slug)


def _import(request: WorkplaceRequest, pk: int) -> RosterImport:
    found = queries.roster_import(request.organisation, pk)
    if found is None:
        raise Http404
    return found
