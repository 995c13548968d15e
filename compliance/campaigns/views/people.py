"""The list of people: found, narrowed, sorted, with columns of choice, page by page; and a member's own views of it."""

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from compliance.campaigns import listing, queries
from compliance.campaigns.models import Campaign
from compliance.campaigns.rules import CampaignState
from compliance.campaigns.views.shared import number
from employees.models import RosterImport
from employees.queries import part, roster_imports, saved_views, values_of
from employees.rules.listing import COLUMNS, Wanted, wanted
from employees.services import NotKept, forget_view, save_view
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act


def read_wanted(request: WorkplaceRequest, given: QueryDict, campaigns: list[Campaign]) -> Wanted:
    """What an address or a form asks for, without what this house or this organisation does not know."""
    found = wanted({name: given.getlist(name) for name in given})
    found = found.but(needs=tuple(need for need in found.needs if need in listing.NEEDS))
    if found.campaign not in {str(item.pk) for item in campaigns}:
        return found.without("campaign")
    known = found.standing in queries.standings(request.organisation)
    return found.but(standing=found.standing if known and found.standing != "in" else "")


@require_GET
@workplace(Act.SEE_PEOPLE, shows="people")
def people(request: WorkplaceRequest) -> HttpResponse:
    organisation = request.organisation
    campaigns = queries.campaigns_to_list_by(organisation)
    asked = read_wanted(request, request.GET, campaigns)
    found = queries.listed_people(organisation, asked)
    after, before = (number(request.GET.get(name, "")) for name in ("after", "before"))
    shown = part(organisation, found, asked, after=after, before=before)
    whole = not (shown.before or shown.after)
    campaign = next((item for item in campaigns if str(item.pk) == asked.campaign), None)
    if campaign:
        campaign.organisation = organisation  # known: nothing needs to be asked for it
    standing = queries.standing_of(campaign, shown.people) if campaign else {}
    imports = list(roster_imports(organisation)[:8])
    context = {
        "wanted": asked,
        "part": shown,
        "number": len(shown.people) if whole else found.order_by().count(),
        "rows": list(listing.rows(shown.people, asked.columns, standing)),
        "heads": list(listing.heads(asked, asked.columns)),
        "chips": listing.chips(asked, campaign),
        "campaign": campaign,
        "campaigns": campaigns,
        "running": [item for item in campaigns if item.state == CampaignState.RUNNING],
        "imports": imports,
        "views": list(saved_views(request.membership)),
        "section": "people",
        **_choices(request, imports),
    }
    return render(request, "people/list.html", context)


def _choices(request: WorkplaceRequest, imports: list[RosterImport]) -> dict[str, object]:
    """What the list can be narrowed to."""
    newest = next((f"{item.pk}-{item.state}" for item in imports if item.finished_at), "")
    values = values_of(request.organisation, newest)
    standings = queries.standings(request.organisation)
    return {
        "countries": listing.country_options(values),
        "departments": listing.department_options(values),
        "languages": listing.language_options(values),
        "statuses": listing.STATUSES.items(),
        "needs": listing.NEEDS.items(),
        "standings": [(name, words) for name, words in listing.STANDINGS.items() if name in standings],
        "columns": [(name, words) for name, words in listing.COLUMNS.items() if name in COLUMNS],
    }


@require_POST
@workplace(Act.SEE_PEOPLE)
def save(request: WorkplaceRequest) -> HttpResponse:
    """Keeps what the list is narrowed to, sorted by and made of, under a name."""
    asked = read_wanted(request, request.POST, queries.campaigns_to_list_by(request.organisation))
    name = request.POST.get("name", "")
    try:
        view = save_view(membership=request.membership, name=name, query=asked.query, now=timezone.now())
    except NotKept as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved as “%(name)s”. It stands above the list, for you alone.") % {"name": view})
    return to_list(request, asked.query)


@require_POST
@workplace(Act.SEE_PEOPLE)
def forget(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """Deletes a view of one's own; others' do not exist."""
    view = saved_views(request.membership).filter(pk=pk).first()
    if view is None:
        raise Http404
    forget_view(view=view)
    messages.success(request, _("The view “%(name)s” is deleted. Nobody on the roster changed.") % {"name": view.name})
    return to_list(request, "")


def to_list(request: WorkplaceRequest, query: str) -> HttpResponse:
    """Back to the list as it was narrowed."""
    url = reverse("people", args=[request.organisation.slug])
    return redirect(f"{url}?{query}" if query else url)
