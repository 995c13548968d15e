"""What is done to many people at once: to those ticked, or to everybody whom the list means. A page says first what
would happen to how many, and who is skipped and why; nothing changes before somebody says yes to that number."""

from collections.abc import Iterator
from typing import NamedTuple

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from compliance.campaigns import queries
from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import Split
from compliance.campaigns.rules import CampaignState
from compliance.campaigns.services import CampaignRefused, add_people, new_links, refuse_too_many
from compliance.campaigns.tasks import deliver_messages
from compliance.campaigns.views.people import read_wanted, to_list
from compliance.campaigns.views.shared import number
from employees.models import Employee
from employees.queries import active_employees, these_people
from employees.resources import EXPORTS, export_people
from employees.rules.leavers import many, says
from employees.rules.listing import Wanted
from employees.services import ImportRefused, mark_left, record_export
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.rules import Act
from organisations.services import record_seeing


class Chosen(NamedTuple):
    """Whom a form is about. `ids` are those ticked; none where it is everybody whom `wanted` means."""

    people: QuerySet[Employee]
    wanted: Wanted
    ids: list[int]
    campaigns: list[Campaign]

    @property
    def fields(self) -> Iterator[tuple[str, str]]:
        """Hidden fields by which the next page asks for the same."""
        yield from self.wanted.pairs()
        yield from (("person", str(pk)) for pk in self.ids)
        if not self.ids:
            yield "all", "yes"


def _chosen(request: WorkplaceRequest, *, or_all: bool = False) -> Chosen:
    """Raises Http404 for an id that is nobody's here: a page of ours lists no such person. `or_all`: where nobody is
    ticked, everybody is meant."""
    campaigns = queries.campaigns_to_list_by(request.organisation)
    asked = read_wanted(request, request.POST, campaigns)
    if request.POST.get("all") or (or_all and "person" not in request.POST):
        return Chosen(queries.listed_people(request.organisation, asked), asked, [], campaigns)
    ids = sorted({number(text) for text in request.POST.getlist("person")})
    found = these_people(request.organisation, ids)
    if len(ids) > 500 or found.count() != len(ids):
        raise Http404
    return Chosen(found, asked, ids, campaigns)


def _into(request: WorkplaceRequest, chosen: Chosen) -> Campaign | None:
    """The running campaign that is meant: the one named, the one the list is narrowed to, or else the newest."""
    running = [item for item in chosen.campaigns if item.state == CampaignState.RUNNING]
    named = request.POST.get("into") or chosen.wanted.campaign
    return next((item for item in running if str(item.pk) == named), None if request.POST.get("into") else
                next(iter(running), None))  # fmt: skip


def _reasons() -> dict[str, str]:
    return {
        "left": _("have left already"),
        "not_in": _("are not in this campaign"),
        "in": _("are in this campaign already"),
        "ended": _("had their link ended by hand: send a new one from their own page"),
        "stopped": _("have an address that gets no mail"),
        "unconcerned": _("are not concerned: nothing of this campaign applies where they are"),
    }


def _nobody(request: WorkplaceRequest, chosen: Chosen) -> HttpResponse | None:
    if chosen.ids or request.POST.get("all"):
        return None
    messages.error(request, _("Nobody is ticked. Tick people, or everybody whom the list shows."))
    return to_list(request, chosen.wanted.query)


def _too_many(request: WorkplaceRequest, chosen: Chosen, split: Split) -> HttpResponse | None:
    """Said before anybody agrees to a number that would be refused."""
    try:
        refuse_too_many(split.number)
    except CampaignRefused as error:
        messages.error(request, str(error))
        return to_list(request, chosen.wanted.query)
    return None


def _said_yes(request: WorkplaceRequest, split: Split) -> bool:
    """Whether somebody agreed to exactly this many; otherwise they look again."""
    if "sure" not in request.POST:
        return False
    if request.POST["sure"] == str(split.number):
        return True
    messages.error(request, _("The list has changed meanwhile. This is how it stands now; nothing has been done."))
    return False


def _confirm(
    request: WorkplaceRequest, chosen: Chosen, split: Split, *, into: Campaign | None = None, **words: object
) -> HttpResponse:
    reasons = _reasons()
    record_seeing(organisation=request.organisation, user=request.user, page="people", now=timezone.now())
    context = {
        "chosen": chosen,
        "fields": list(chosen.fields),
        "split": split,
        "skipped": [(people, reasons[name]) for name, people in split.skipped.items()],
        "some": these_people(request.organisation, split.ids[:8]),
        "others": [item for item in chosen.campaigns if item.state == CampaignState.RUNNING and into and item != into],
        "into": into,
        "section": "people",
        **words,
    }
    return render(request, "people/confirm.html", context)


@require_POST
@workplace(Act.SEND)
def links(request: WorkplaceRequest) -> HttpResponse:
    """New links for many."""
    chosen = _chosen(request)
    if nobody := _nobody(request, chosen):
        return nobody
    campaign = _into(request, chosen)
    if campaign is None:
        messages.error(request, _("No such campaign is running, so no link of one can go."))
        return to_list(request, chosen.wanted.query)
    split = queries.to_send_links(campaign, chosen.people)
    if too_many := _too_many(request, chosen, split):
        return too_many
    if split.number and _said_yes(request, split):
        try:
            sent = new_links(campaign=campaign, ids=split.ids, user=request.user, now=timezone.now())
        except CampaignRefused as error:
            messages.error(request, str(error))
            return to_list(request, chosen.wanted.query)
        ring(deliver_messages)
        messages.success(request, ngettext(
            "%(people)s new link is on its way. The old one has stopped working.",
            "%(people)s new links are on their way. The old ones have stopped working.", sent,
        ) % {"people": number_format(sent)})  # fmt: skip
        return to_list(request, chosen.wanted.query)
    return _confirm(request, chosen, split, what="links", into=campaign)


@require_POST
@workplace(Act.SEND)
def add(request: WorkplaceRequest) -> HttpResponse:
    """More people for a running campaign."""
    chosen = _chosen(request)
    if nobody := _nobody(request, chosen):
        return nobody
    campaign = _into(request, chosen)
    if campaign is None:
        messages.error(request, _("No such campaign is running. Start one first; a draft is widened in its own steps."))
        return to_list(request, chosen.wanted.query)
    split = queries.to_add(campaign, chosen.people, timezone.localdate())
    if too_many := _too_many(request, chosen, split):
        return too_many
    if split.number and _said_yes(request, split):
        try:
            added = add_people(campaign=campaign, ids=split.ids, user=request.user, now=timezone.now())
        except CampaignRefused as error:
            messages.error(request, str(error))
            return to_list(request, chosen.wanted.query)
        ring(deliver_messages)
        messages.success(request, ngettext(
            "%(people)s person is invited to %(campaign)s.", "%(people)s people are invited to %(campaign)s.", added,
        ) % {"people": number_format(added), "campaign": campaign.name})  # fmt: skip
        return to_list(request, chosen.wanted.query)
    return _confirm(request, chosen, split, what="add", into=campaign)


@require_POST
@workplace(Act.CHANGE_ROSTER)
def leave(request: WorkplaceRequest) -> HttpResponse:
    """Many who have left."""
    chosen = _chosen(request)
    if nobody := _nobody(request, chosen):
        return nobody
    split = queries.to_leave(chosen.people)
    asks = many(split.number, active_employees(request.organisation).count())  # their number, as an import does
    typed = not asks or says(request.POST.get("typed", ""), split.number)
    if split.number and _said_yes(request, split) and typed:
        try:
            left = mark_left(
                organisation=request.organisation, ids=split.ids, user=request.user, now=timezone.now()
            )  # fmt: skip
        except ImportRefused as error:
            messages.error(request, str(error))
            return to_list(request, chosen.wanted.query)
        messages.success(request, ngettext(
            "%(people)s person is marked as left. Their links stop working.",
            "%(people)s people are marked as left. Their links stop working.", left,
        ) % {"people": number_format(left)})  # fmt: skip
        return to_list(request, chosen.wanted.query)
    wrong = "sure" in request.POST and not typed
    return _confirm(request, chosen, split, what="leave", many=asks, wrong=wrong)


@require_POST
@workplace(Act.EXPORT_PEOPLE)
def export(request: WorkplaceRequest) -> HttpResponse:
    """These people as a file. Who took it and how many is in the evidence log."""
    extension = request.POST.get("format", "")
    if extension not in EXPORTS:
        raise Http404
    chosen = _chosen(request, or_all=True)
    content, now = export_people(chosen.people, extension), timezone.now()
    people = chosen.people.order_by().count()
    record_export(organisation=request.organisation, user=request.user, kind=extension, people=people, now=now)
    name = f"people-{request.organisation.slug}-{now:%Y-%m-%d}.{extension}"
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type=EXPORTS[extension], headers={"Content-Disposition": disposition})
