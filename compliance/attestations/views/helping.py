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
from compliance.attestations.help_forms import HelpAnswerForm, HelpTemplateForm
from compliance.attestations.help_words import closing_words, our_templates
from compliance.attestations.models import HelpRequest
from compliance.attestations.rules import Closing, HelpState, filled
from compliance.attestations.services import (
    HelpRefused,
    answer_help,
    assign_help,
    close_help,
    forget_template,
    keep_template,
    reopen_help,
    take_help,
    written,
)
from compliance.campaigns.letters.words import language_of
from compliance.campaigns.rules.skeleton import LINK, NAME
from compliance.campaigns.tasks import deliver_messages
from compliance.catalogue.queries import document
from compliance.catalogue.schema import VersionEntry
from compliance.catalogue.wording import StepLine, instruction_lines, said, way_title
from employees.names import region_name
from employees.queries import notes_about
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.models import User
from organisations.rules import Act
from organisations.told import in_use

SHOWN = {
    "open": pgettext_lazy("requests", "Open"),
    "mine": pgettext_lazy("requests", "Mine"),
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
    rows = queries.help_requests(request.organisation)
    if state == "mine":
        rows = rows.filter(taken_by=request.user).exclude(state=HelpState.CLOSED)
    else:
        rows = rows.filter(state=state)
    rows = rows.order_by("-id") if state in {"answered", "closed"} else rows
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": SHOWN, "because": closing_words(), "section": "help"}
    return render(request, "attestations/help_queue.html", context)


@require_http_methods(["GET", "POST"])
@workplace(Act.ANSWER_HELP, shows="help requests")
def one(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """Its page; `?template=` begins the answer with one, a POST shows the mail first (`preview`) or sends it."""
    found = _found(request, pk)
    texts = _templates(found)
    begun = {"text": texts.get(request.GET.get("template", ""), "")}
    form = HelpAnswerForm(request.POST or None, initial=begun)
    shown = None
    if request.method == "POST" and form.is_valid():
        if "preview" not in request.POST:
            return _send(request, found, form)
        shown = _as_it_will_be(found, form)
    context = {**_about(found), "form": form, "texts": texts, "shown": shown, "section": "help"}
    context |= {"notes": notes_about(found.request.invitation.employee)}
    context |= {"members": queries.helpers(request.organisation), "closings": closing_words().items()}
    return render(request, "attestations/help_one.html", context, status=422 if form.errors else 200)


def _send(request: WorkplaceRequest, found: HelpRequest, form: HelpAnswerForm) -> HttpResponse:
    try:
        answer_help(help_request=found, paragraphs=form.paragraphs(), user=request.user, now=timezone.now())
    except HelpRefused as error:
        messages.error(request, str(error))
    else:
        ring(deliver_messages)
        name = found.request.invitation.employee.name
        messages.success(request, _("Your answer to %(name)s is on its way.") % {"name": name})
    return redirect("help", request.organisation.slug)


def _templates(found: HelpRequest) -> dict[str, str]:
    """Name → text with its gaps filled: the organisation's own, or ours in the person's language."""
    invitation, policy = found.request.invitation, found.request.policy_version.policy
    own = {row.name: row.text for row in queries.help_templates(found.organisation)}
    theirs = language_of(invitation)
    with translation.override(theirs):
        about = f"{policy.platform}: {said(policy.title)}"
    texts = own or our_templates(theirs)
    return {name: filled(text, name=invitation.employee.name, policy=about) for name, text in texts.items()}


def _as_it_will_be(found: HelpRequest, form: HelpAnswerForm) -> dict[str, str]:
    words = written(found, form.paragraphs())
    text = words.text.replace(NAME, found.request.invitation.employee.name)
    return {"subject": words.subject, "text": text.replace(LINK, _("[their personal link]"))}


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
    """Take it, give it to somebody (`to`, a user's id; empty: to nobody), close it (`because`), open it again."""
    found, now = _found(request, pk), timezone.now()
    try:
        if what == "take":
            take_help(help_request=found, user=request.user, now=now)
        elif what == "assign":
            assign_help(help_request=found, to=_whom(request), user=request.user, now=now)
        elif what == "reopen":
            reopen_help(help_request=found, user=request.user, now=now)
        else:
            close_help(help_request=found, because=_reason(request), user=request.user, now=now)
    except HelpRefused as error:
        messages.error(request, str(error))
    if what == "close":
        return redirect("help", request.organisation.slug)
    return redirect("help-request", request.organisation.slug, pk)


def _whom(request: WorkplaceRequest) -> User | None:
    """Raises HelpRefused for whom is no helper here."""
    wanted = request.POST.get("to", "")
    found = next((item.user for item in queries.helpers(request.organisation) if str(item.user_id) == wanted), None)
    if wanted and found is None:
        raise HelpRefused(_("Only members who may answer requests for help can look after one."))
    return found


def _reason(request: WorkplaceRequest) -> Closing:
    wanted = request.POST.get("because", "")
    if wanted not in set(Closing):
        raise HelpRefused(_("Choose why it is closed."))
    return Closing(wanted)


@require_http_methods(["GET", "POST"])
@workplace(Act.ANSWER_HELP)
def templates(request: WorkplaceRequest) -> HttpResponse:
    """The words to begin an answer with: `forget` takes one away, anything else keeps one."""
    organisation, now = request.organisation, timezone.now()
    own = queries.help_templates(organisation)
    if forgotten := request.POST.get("forget", ""):
        row = own.filter(pk=int(forgotten)).first() if forgotten.isdecimal() and len(forgotten) < 19 else None
        if row is None:
            raise Http404
        forget_template(template=row, user=request.user, now=now)
        messages.success(request, _("Taken away."))
        return redirect("help-templates", organisation.slug)
    texts = {row.name: row.text for row in own} or our_templates()
    wanted = request.GET.get("name", "")
    form = HelpTemplateForm(request.POST or None, initial={"name": wanted, "text": texts.get(wanted, "")})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        keep_template(organisation=organisation, name=given["name"], text=given["text"], user=request.user, now=now)
        messages.success(request, _("Kept. It is offered for every answer from now on."))
        return redirect("help-templates", organisation.slug)
    context = {"form": form, "texts": texts, "own": own, "section": "help"}
    return render(request, "attestations/help_templates.html", context, status=422 if form.errors else 200)
