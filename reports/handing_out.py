"""A person's own data as a PDF: drawn while somebody waits, handed out, kept nowhere."""

import hashlib
import tempfile
from datetime import UTC
from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compliance.attestations.services.erasing import HIDDEN, export_person
from employees.models import Employee
from employees.queries import employee as find_employee
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from organisations.services import Event, append_evidence
from reports import composing
from reports.gateways import PdfFailed, render_pdf
from reports.kinds.subject import extract_facts
from reports.press.job import Job
from reports.rules import Paper
from reports.wording import LANGUAGES

SECONDS = 25.0  # what somebody waits for; a person's data fill a few pages


@require_POST
@workplace(Act.ERASE_PERSON)
def extract(request: WorkplaceRequest, pk: int) -> HttpResponse:
    person = find_employee(request.organisation, pk)
    language, paper = request.POST.get("language", "en"), request.POST.get("paper", Paper.A4)
    if person is None or language not in dict(LANGUAGES) or paper not in set(Paper):
        raise Http404
    if request.organisation.works_council_mode:
        messages.error(request, HIDDEN)
        return redirect("person", request.organisation.slug, pk)
    try:
        content = _drawn(request, person, language, Paper(paper))
    except PdfFailed as error:
        messages.error(request, f"{error} The same data can be had as a file.")
        return redirect("person", request.organisation.slug, pk)
    event = Event("person.extract_made", {"user": request.user.pk, "sha256": hashlib.sha256(content).hexdigest()})
    append_evidence(organisation=request.organisation, events=[event], now=timezone.now())
    disposition = f'attachment; filename="person-{person.pk}.pdf"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


def _drawn(request: WorkplaceRequest, person: Employee, language: str, paper: Paper) -> bytes:
    """Raises PdfFailed."""
    now = timezone.now()
    found = export_person(organisation=request.organisation, employee=person, user=request.user, now=now)
    instant = now.astimezone(UTC).isoformat(timespec="seconds")
    with translation.override(language), tempfile.TemporaryDirectory() as folder:
        shared = {"organisation": request.organisation, "language": language, "instant": instant}
        html = render_to_string("reports/pdf/subject.html", extract_facts(found, person.name, shared))
        out = Path(folder) / "extract.pdf"
        job = Job(
            html=html,
            out=str(out),
            date=instant,
            css=composing.paper_css(paper),
            pages_css=composing.pages_css(_("Page {page} of {pages}")),
            language=language,
        )
        render_pdf(job, time_limit=SECONDS)
        return out.read_bytes()
