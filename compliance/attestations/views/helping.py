"""The helpers' queue. It shows who asked, about what and in which language, and no other answer of theirs."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compliance.attestations import queries
from compliance.attestations.forms import HelpAnswerForm
from compliance.attestations.models import HelpRequest
from compliance.attestations.rules import HelpState
from compliance.attestations.services import HelpRefused, answer_help, close_help, take_help
from compliance.campaigns.letters.words import language_of
from compliance.campaigns.tasks import deliver_messages
from compliance.catalogue.queries import document
from compliance.catalogue.schema import VersionEntry
from compliance.catalogue.wording import StepLine, instruction_lines, way_title
from employees.names import region_name
from employees.queries import notes_about
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.rules import Act
from organisations.told import in_use

SHOWN = {
    "open": pgettext_lazy("requests", "Open"),
    "answered": pgettext_lazy("requests", "Answered"),
    "closed": pgettext_lazy("requests", "Closed"),
}


def _found(request: WorkplaceRequest, pk: int) -> HelpRequest:
    found = queries.help_request(request.organisation, pk)
    if found is None:
        raise Http404
    return found


@require_GET
@workplace(Act.ANSWER_HELP, shows="help requests")
def queue(request: WorkplaceRequest) -> HttpResponse:
    state = request.GET.get("state", "open")
    state = state if state in SHOWN else "open"
    rows = queries.help_requests(request.organisation).filter(state=state)
    page = Paginator(rows if state == "open" else rows.order_by("-id"), 50).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": SHOWN, "section": "help"}
    return render(request, "attestations/help_queue.html", context)


@require_http_methods(["GET", "POST"])
@workplace(Act.ANSWER_HELP, shows="help requests")
def one(request: WorkplaceRequest, pk: int) -> HttpResponse:
    found, form = _found(request, pk), HelpAnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_help(
                help_request=found, paragraphs=form.paragraphs(), user=request.user, now=timezone.now()
            )  # fmt: skip
        except HelpRefused as error:
            messages.error(request, str(error))
        else:
            ring(deliver_messages)
            messages.success(
                request, _("Your answer to %(name)s is on its way.") % {"name": found.request.invitation.employee.name}
            )
        return redirect("help", request.organisation.slug)
    return render(
        request,
        "attestations/help_one.html",
        {**_about(found), "form": form, "notes": notes_about(found.request.invitation.employee), "section": "help"},
        status=422 if form.errors else 200,
    )


def _about(found: HelpRequest) -> dict[str, object]:
    invitation, row = found.request.invitation, found.request.policy_version
    version, theirs = document(row), language_of(invitation)
    return {
        "help": found,
        "person": invitation.employee,
        "region": region_name(invitation.country, invitation.subdivision, in_use()),
        "profile": region_name(invitation.profile_country, language=in_use()) if invitation.profile_country else "",
        "language": get_language_info(theirs)["name"],
        "language_code": theirs,
        "policy": row.policy,
        "ways": _ways(version, row.policy.platform, "en"),
        "their_ways": _ways(version, row.policy.platform, theirs) if theirs != "en" else [],
        "closed": found.state == HelpState.CLOSED,
    }


def _ways(version: VersionEntry, platform: str, language: str) -> list[tuple[str, list[StepLine]]]:
    with translation.override(language):
        return [
            (way_title(item), instruction_lines(version, item, platform, language)) for item in version.instructions
        ]


@require_POST
@workplace(Act.ANSWER_HELP)
def act(request: WorkplaceRequest, pk: int, what: str) -> HttpResponse:
    """Take it, or close it."""
    found = _found(request, pk)
    try:
        (take_help if what == "take" else close_help)(help_request=found, user=request.user, now=timezone.now())
    except HelpRefused as error:
        messages.error(request, str(error))
    if what == "take":
        return redirect("help-request", request.organisation.slug, pk)
    return redirect("help", request.organisation.slug)
