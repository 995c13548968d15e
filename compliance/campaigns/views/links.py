"""Links for people without mail: sheets to print, and a file. For owners only, and each time in the evidence log."""

import csv
import io

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from compliance.campaigns import queries
from compliance.campaigns.letters.notices import notice
from compliance.campaigns.letters.words import personal_link
from compliance.campaigns.rules import LIVE
from compliance.campaigns.services import CampaignRefused
from compliance.campaigns.services.log import log
from compliance.campaigns.views.shared import campaign_or_404, refused
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from organisations.rules.cells import escaped

SHEETS = 200
NOT_RUNNING = CampaignRefused(_("Links work while a campaign runs. Start it first."))

HIDDEN = CampaignRefused(_("Whoever has a link can see what was answered, so works-council mode exports none."))


@require_POST
@workplace(Act.EXPORT_LINKS)
def notices(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """Sheets with QR codes, so many at a time; `without_mail` only for people whose mail did not arrive."""
    campaign = campaign_or_404(request, pk)
    if campaign.state not in LIVE:
        return refused(request, pk, NOT_RUNNING)
    people = queries.living_invitations(campaign).prefetch_related("requests__policy_version__policy")
    if request.POST.get("which") == "without_mail" or request.organisation.works_council_mode:
        people = people.filter(pk__in=queries.unreached_ids(campaign))
    page = Paginator(people, SHEETS).get_page(request.POST.get("page"))
    log(campaign, "campaign.notices_printed", {"user": request.user.pk, "links": len(page.object_list)}, timezone.now())
    context = {"campaign": campaign, "notices": [notice(each) for each in page], "people": page.paginator.count,
               "page": page, "organisation": request.organisation}  # fmt: skip
    response = render(request, "campaigns/notices.html", context)
    response["Cache-Control"] = "no-store, private"
    return response


@require_POST
@workplace(Act.EXPORT_LINKS)
def links(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """Every living link as CSV: whoever has it can answer for its people."""
    campaign = campaign_or_404(request, pk)
    if request.organisation.works_council_mode:
        return refused(request, pk, HIDDEN)
    if campaign.state not in LIVE:
        return refused(request, pk, NOT_RUNNING)
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["Number", "Name", "Work e-mail", "Link"])
    people = list(queries.living_invitations(campaign))
    for each in people:
        person = each.employee
        cells = (person.external_id, person.name, person.email)
        writer.writerow([*(escaped(cell) for cell in cells), personal_link(each)])
    log(campaign, "campaign.links_exported", {"user": request.user.pk, "links": len(people)}, timezone.now())
    response = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="links-{campaign.pk}.csv"'
    response["Cache-Control"] = "no-store, private"
    return response
