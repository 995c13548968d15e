"""What somebody says of a file: what its columns hold, what its places mean."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from employees import queries
from employees.forms import ColumnsForm
from employees.names import region_name
from employees.places import find_region, may_be_two
from employees.rules.regions import Region, Unclear
from employees.services import (
    ImportRefused,
    forget_alias,
    read_again,
    receive_the_rest,
    settle_place,
    settle_rows,
)
from employees.views.imports import read, roster_import
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from organisations.told import in_use


@require_POST
@workplace(Act.CHANGE_ROSTER)
def import_columns(request: WorkplaceRequest, pk: int) -> HttpResponse:
    found = roster_import(request, pk)
    form = ColumnsForm(found, request.POST)
    if not form.is_valid():
        context = {"planned": found, "columns": form, "section": "people"}
        return render(request, "employees/import_columns.html", context, status=422)
    whole = form.cleaned_data["covers"] == "whole"
    return _again(request, pk, lambda: read_again(
        roster_import=found, choices=form.choices, options=form.options, whole=whole
    ))  # fmt: skip


@require_POST
@workplace(Act.CHANGE_ROSTER)
def import_settle(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """Either `written` for all rows that say so, or `row` for one."""
    found = roster_import(request, pk)
    region = _region(request.POST.get("region", ""))
    written, row = request.POST.get("written", "").replace("\0", "")[:1000], request.POST.get("row", "")[:9]
    if region is None or not (written or row.isdecimal()):
        typed = request.POST.get("region", "")[:60]
        two = _("“%(typed)s” could be a country or a US state: write its name. Nothing was changed.")
        none = _("“%(typed)s” is no place that we know. Nothing was changed.")
        messages.error(request, (two if may_be_two(typed) else none) % {"typed": typed})
        return redirect("import-plan", request.organisation.slug, pk)
    if row.isdecimal():
        return _again(request, pk, lambda: settle_rows(roster_import=found, regions={int(row): region}))
    messages.success(
        request,
        _("“%(written)s” means %(place)s from now on.")
        % {"written": written, "place": region_name(region.country, region.subdivision, in_use())},
    )
    return _again(request, pk, lambda: settle_place(
        roster_import=found, written=written, region=region, user=request.user, now=timezone.now()
    ))  # fmt: skip


def _region(text: str) -> Region | None:
    """What was chosen or typed: a code, a country in any language, or a US state by name."""
    value = text.replace("\0", "").rpartition(" · ")[2] if " · " in text else text.replace("\0", "")
    found = find_region(value) if not may_be_two(value) else Unclear(value)
    return None if isinstance(found, Unclear) else found


@require_POST
@workplace(Act.CHANGE_ROSTER)
def import_rest(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """The rows that a committed import left over, as an import of their own."""
    try:
        made = receive_the_rest(roster_import=roster_import(request, pk), user=request.user, now=timezone.now())
    except ImportRefused as error:
        messages.error(request, str(error))
        return redirect("import-plan", request.organisation.slug, pk)
    read(made, queries.upload_size(made))
    return redirect("import-plan", request.organisation.slug, made.pk)


def _again(request: WorkplaceRequest, pk: int, change: Callable[[], None]) -> HttpResponse:
    found = roster_import(request, pk)
    try:
        change()
    except ImportRefused as error:
        messages.error(request, str(error))
    else:
        read(found, queries.upload_size(found))
    return redirect("import-plan", request.organisation.slug, pk)


@require_GET
@workplace(Act.CHANGE_ROSTER)
def places(request: WorkplaceRequest) -> HttpResponse:
    context = {"aliases": queries.aliases_of(request.organisation), "section": "people"}
    return render(request, "employees/places.html", context)


@require_POST
@workplace(Act.CHANGE_ROSTER)
def forget_place(request: WorkplaceRequest, alias_id: int) -> HttpResponse:
    if not forget_alias(organisation=request.organisation, alias_id=alias_id, now=timezone.now()):
        raise Http404
    messages.success(request, _("Forgotten. The people already on the roster stay where they are."))
    return redirect("places", request.organisation.slug)
