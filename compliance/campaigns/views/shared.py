"""What the pages of a campaign have in common."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from compliance.campaigns import queries
from compliance.campaigns.models import Campaign
from compliance.campaigns.services import CampaignRefused
from organisations.access import WorkplaceRequest


def campaign_or_404(request: WorkplaceRequest, pk: int) -> Campaign:
    found = queries.campaign(request.organisation, pk)
    if found is None:
        raise Http404
    return found


def number(text: str) -> int:
    """A number of an address or a form; 0 for whatever is none, or too large to be one of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def back(request: WorkplaceRequest, pk: int) -> HttpResponse:
    return redirect("campaign", request.organisation.slug, pk)


def refused(request: WorkplaceRequest, pk: int, error: CampaignRefused) -> HttpResponse:
    messages.error(request, str(error))
    return back(request, pk)
