"""Whether a receipt is real: for whoever holds its code. It says when and about what, never who or what."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from compliance.attestations.forms import ReceiptForm
from compliance.attestations.pages import languages
from compliance.attestations.queries import answers_with_receipt
from compliance.attestations.rules import read_receipt
from compliance.attestations.views.door import FAILURE_SECONDS, browser_language, private, too_many_failures


@require_http_methods(["GET", "HEAD", "POST"])
@private
def check(request: HttpRequest) -> HttpResponse:
    language = browser_language(request)
    with translation.override(language):
        form, answers, status = ReceiptForm(request.POST if request.method == "POST" else None), [], 200
        if form.errors:
            status = 422
        elif form.is_bound:
            answers = answers_with_receipt(read_receipt(form.cleaned_data["code"]))
            if not answers:
                status = 429 if too_many_failures(request) else 404
                form.add_error("code", _unknown(status))
        context = {"form": form, "answers": answers, "now": timezone.now(), "languages": languages(language)}
        return render(request, "attestations/check.html", context, status=status)


def _unknown(status: int) -> str:
    if status == 429:
        return _("Too many tries. Wait %(seconds)s seconds.") % {"seconds": FAILURE_SECONDS}
    return _(
        "No answer has this code here. If the answer was counted without a name, or deleted, its code stands only in "
        "the evidence log."
    )
