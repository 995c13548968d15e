"""A person's own data on request: given as a file, or destroyed."""

import json

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from compliance.attestations.services.erasing import HIDDEN, erase_person, export_person
from compliance.campaigns.queries import history, invitations_of
from employees.models import Employee
from employees.queries import employee as find_employee
from employees.services import ImportRefused
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act


@require_http_methods(["GET", "POST"])
@workplace(Act.ERASE_PERSON, shows="erasing a person")
def erase(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """Says what is destroyed and what stays; whoever types the address has read it."""
    person = _person(request, pk)
    typed, wrong = request.POST.get("email", "").strip().lower(), ""
    if request.method == "POST":
        if typed != person.email.lower():
            wrong = _("Type the work e-mail address exactly as it stands above.")
        else:
            try:
                erase_person(organisation=request.organisation, employee=person, user=request.user, now=timezone.now())
            except ImportRefused as error:
                wrong = str(error)
            else:
                messages.success(request, _("Everything held about that person is destroyed."))
                return redirect("people", request.organisation.slug)
    context = {
        "person": person,
        "invitations": invitations_of(request.organisation, person),
        "mails": len(history(request.organisation, person)),
        "wrong": wrong,
        "section": "people",
    }
    return render(request, "attestations/erase.html", context, status=422 if wrong else 200)


@require_POST
@workplace(Act.ERASE_PERSON)
def export(request: WorkplaceRequest, pk: int) -> HttpResponse:
    person = _person(request, pk)
    if request.organisation.works_council_mode:
        messages.error(request, HIDDEN)
        return redirect("person", request.organisation.slug, pk)
    found = export_person(organisation=request.organisation, employee=person, user=request.user, now=timezone.now())
    content = json.dumps(found, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)
    disposition = f'attachment; filename="person-{person.pk}.json"'
    return HttpResponse(content, content_type="application/json", headers={"Content-Disposition": disposition})


def _person(request: WorkplaceRequest, pk: int) -> Employee:
    found = find_employee(request.organisation, pk)
    if found is None:
        raise Http404
    return found
