"""The certificate that signs reports: what it says, another in its place, away with it.

Whoever changes it shows anew that it is they, before the form and not after it: a form that is kept while somebody
signs in again would leave a passphrase in the session, and could not keep the file.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from organisations.access import WorkplaceRequest, ask_again, workplace
from organisations.forms import CertificateForm
from organisations.queries import certificate_of
from organisations.rules import Act
from organisations.services import remove_certificate, set_certificate
from organisations.sessions import signed_in_recently


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("passphrase")
@workplace(Act.CHANGE_SETTINGS)
def certificate(request: WorkplaceRequest) -> HttpResponseBase:
    if not signed_in_recently(request):
        if request.method == "GET":
            return ask_again(request)
        return _too_late(request, _("Nothing was changed: your sign-in was a while ago. Choose the file once more."))
    form = CertificateForm(request.POST, request.FILES) if request.method == "POST" else CertificateForm()
    if form.is_bound and form.is_valid():
        made = set_certificate(
            organisation=request.organisation, identity=form.identity(), user=request.user, now=timezone.now()
        )
        words = _("Kept. Reports that are made from now on are signed by %(subject)s.")
        messages.success(request, words % {"subject": made.subject})
        return _back(request)
    now, found = timezone.now(), certificate_of(request.organisation)
    context = {
        "form": form,
        "certificate": found,
        "ended": bool(found and found.ended(now)),
        "ends_soon": bool(found and found.ends_soon(now)),
        "section": "settings",
    }
    return render(request, "organisations/certificate.html", context, status=422 if form.errors else 200)


@require_POST
@workplace(Act.CHANGE_SETTINGS)
def remove(request: WorkplaceRequest) -> HttpResponse:
    if not signed_in_recently(request):
        return _too_late(request, _("Nothing was changed: your sign-in was a while ago. Take it away once more."))
    if remove_certificate(organisation=request.organisation, user=request.user, now=timezone.now()):
        messages.success(request, _("Taken away, and its key destroyed. Reports are not signed any more."))
    return _back(request)


def _too_late(request: WorkplaceRequest, words: str) -> HttpResponse:
    messages.error(request, words)
    return _back(request)


def _back(request: WorkplaceRequest) -> HttpResponse:
    return redirect("settings-certificate", request.organisation.slug)
