"""What an owner settles for everybody: works-council mode, reports, logo and colour."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organisations.access import WorkplaceRequest, workplace
from organisations.forms import LooksForm, ReportingForm
from organisations.models import OrganisationLogo
from organisations.queries import certificate_of, logo_of
from organisations.rules import Act
from organisations.services import set_looks, set_reporting, set_works_council_mode


@require_GET
@workplace(Act.CHANGE_SETTINGS)
def show(request: WorkplaceRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: WorkplaceRequest, *, reporting: ReportingForm | None = None, looks: LooksForm | None = None
) -> HttpResponse:
    organisation = request.organisation
    certificate, now = certificate_of(organisation), timezone.now()
    initial = {"time_zone": organisation.time_zone, "report_days": organisation.report_days}
    context = {
        "reporting": reporting or ReportingForm(initial=initial),
        "looks": looks or LooksForm(initial={"accent": organisation.accent}),
        "logo": logo_of(organisation),
        "certificate": certificate,
        "certificate_ends": certificate and (certificate.ended(now) or certificate.ends_soon(now)),
        "section": "settings",
    }
    return render(request, "organisations/settings.html", context, status=422 if reporting or looks else 200)


@require_POST
@workplace(Act.CHANGE_SETTINGS)
def works_council(request: WorkplaceRequest) -> HttpResponse:
    on = request.POST.get("mode") == "on"
    set_works_council_mode(organisation=request.organisation, on=on, user=request.user, now=timezone.now())
    said = _("Nobody sees any more what a person answered.") if on else _("Off. The log says who ended it, and when.")
    messages.success(request, said)
    return redirect("settings", request.organisation.slug)


@require_POST
@workplace(Act.CHANGE_SETTINGS)
def reports(request: WorkplaceRequest) -> HttpResponse:
    form = ReportingForm(request.POST)
    if not form.is_valid():
        return _page(request, reporting=form)
    set_reporting(organisation=request.organisation, user=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("Kept."))
    return redirect("settings", request.organisation.slug)


@require_POST
@workplace(Act.CHANGE_SETTINGS)
def looks(request: WorkplaceRequest) -> HttpResponse:
    form = LooksForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, looks=form)
    set_looks(organisation=request.organisation, user=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("Kept. Reports that are made from now on look so."))
    return redirect("settings", request.organisation.slug)


@require_GET
@workplace(Act.SEE_FIGURES)
def logo(request: WorkplaceRequest, sha256: str) -> HttpResponse:
    """Our own drawing of what was uploaded; its address changes with its bytes."""
    found = OrganisationLogo.objects.filter(organisation=request.organisation, sha256=sha256).first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.png), content_type="image/png", headers={"X-Content-Type-Options": "nosniff"})
