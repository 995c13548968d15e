"""The evidence log in plain words: whole or not, signed when, kept by whom outside."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.forms import AddressesForm
from organisations.models import EvidenceJob
from organisations.queries import evidence as queries
from organisations.rules import Act, may
from organisations.services import (
    Event,
    append_evidence,
    cancel_job,
    request_job,
    send_failed_again,
    set_outside_addresses,
    take_checkpoint,
)
from organisations.tasks import mail_checkpoints, run_evidence_job

Kind = EvidenceJob.Kind


@require_GET
@workplace(Act.SEE_EVIDENCE)
def log(request: WorkplaceRequest) -> HttpResponse:
    return _page(request)


def _page(request: WorkplaceRequest, form: AddressesForm | None = None) -> HttpResponse:
    organisation = request.organisation
    jobs = {"check": queries.last_job(organisation, Kind.CHECK), "bundle": queries.last_job(organisation, Kind.BUNDLE)}
    polls = any(job and job.running for job in jobs.values())
    context: dict[str, object] = {**jobs, "polls": polls, "section": "evidence"}
    if request.headers.get("HX-Request"):
        return render(request, "organisations/_evidence_jobs.html", context)
    addresses = queries.outside_addresses(organisation)
    context |= {
        "entries": queries.evidence_head(organisation)[0],
        "page": Paginator(queries.checkpoints(organisation), 30).get_page(request.GET.get("page")),
        "last": queries.checkpoints(organisation).first(),
        "addresses": addresses,
        "waiting": queries.mails_in_trouble(organisation)[:20],
        "may_send": may(request.role, Act.SEND_CHECKPOINTS),
        "form": form or AddressesForm(initial={"addresses": "\n".join(addresses)}),
    }
    return render(request, "organisations/evidence.html", context, status=422 if form else 200)


@require_POST
@workplace(Act.SEE_EVIDENCE)
def check(request: WorkplaceRequest) -> HttpResponse:
    return _start(request, Kind.CHECK)


@require_POST
@workplace(Act.SEE_EVIDENCE)
def bundle(request: WorkplaceRequest) -> HttpResponse:
    return _start(request, Kind.BUNDLE)


def _start(request: WorkplaceRequest, kind: EvidenceJob.Kind) -> HttpResponse:
    job = request_job(organisation=request.organisation, kind=kind, user=request.user, now=timezone.now())
    ring(run_evidence_job, job_id=job.pk)
    return _back(request)


@require_POST
@workplace(Act.SEE_EVIDENCE)
def cancel(request: WorkplaceRequest, pk: int) -> HttpResponse:
    job = queries.jobs(request.organisation).filter(pk=pk).first()
    if job is None:
        raise Http404
    if cancel_job(job=job, now=timezone.now()):
        messages.success(request, _("Cancelled"))
    else:
        messages.info(request, _("It had ended before."))
    return _back(request)


@require_POST
@workplace(Act.SEE_EVIDENCE)
def sign(request: WorkplaceRequest) -> HttpResponse:
    """A checkpoint now, without waiting for tonight's."""
    made = take_checkpoint(organisation=request.organisation, now=timezone.now())
    if made is None:
        messages.error(request, _("The log is damaged, so nothing was signed. Check it now to see where it breaks."))
    else:
        messages.success(
            request,
            _("Checkpoint %(short)s stands at entry %(seq)s.") % {"short": made.short, "seq": number_format(made.seq)},
        )
        ring(mail_checkpoints)
    return _back(request)


@require_GET
@workplace(Act.SEE_EVIDENCE)
def download(request: WorkplaceRequest) -> HttpResponseBase:
    job = queries.last_job(request.organisation, Kind.BUNDLE)
    if job is None or not job.file or not job.path.is_file():
        raise Http404
    event = Event("evidence.bundle_downloaded", {"user": request.user.pk, "sha256": job.sha256})
    append_evidence(organisation=request.organisation, events=[event], now=timezone.now())
    name = f"evidence-{request.organisation.slug}-{job.total}.zip"
    return FileResponse(job.path.open("rb"), as_attachment=True, filename=name)


@require_GET
@workplace(Act.SEE_EVIDENCE)
def checkpoint(request: WorkplaceRequest, pk: int) -> HttpResponse:
    found = queries.checkpoint(request.organisation, pk)
    if found is None:
        raise Http404
    disposition = f'attachment; filename="{found.download_name}"'
    return HttpResponse(
        found.signed.file, content_type="application/json", headers={"Content-Disposition": disposition}
    )


@require_POST
@workplace(Act.SEND_CHECKPOINTS)
def addresses(request: WorkplaceRequest) -> HttpResponse:
    form = AddressesForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    kept = set_outside_addresses(
        organisation=request.organisation,
        addresses=form.cleaned_data["addresses"],
        user=request.user,
        now=timezone.now(),
    )
    ring(mail_checkpoints)
    said = ngettext(
        "%(number)s address gets every checkpoint from now on.",
        "%(number)s addresses get every checkpoint from now on.",
        len(kept),
    ) % {"number": len(kept)}
    messages.success(request, said if kept else _("Nobody outside gets every checkpoint from now on."))
    return _back(request)


@require_POST
@workplace(Act.SEND_CHECKPOINTS)
def mail_again(request: WorkplaceRequest) -> HttpResponse:
    send_failed_again(organisation=request.organisation, now=timezone.now())
    ring(mail_checkpoints)
    return _back(request)


def _back(request: WorkplaceRequest) -> HttpResponse:
    return redirect("evidence", request.organisation.slug)
