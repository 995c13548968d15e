from uuid import UUID

from csp.decorators import csp
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compliance.campaigns import queries
from compliance.campaigns.forms import CampaignForm
from compliance.campaigns.gateways import ReadMail, read_outbox
from compliance.campaigns.models import Campaign, Message
from compliance.campaigns.services import (
    CampaignRefused,
    change_campaign,
    close_campaign,
    create_campaign,
    send_again,
    start_campaign,
)
from compliance.campaigns.tasks import deliver_messages
from compliance.catalogue.queries import overrides
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.rules import Act
from organisations.services import Event, append_evidence


@require_GET
@workplace(Act.SEE_FIGURES)
def campaigns(request: WorkplaceRequest) -> HttpResponse:
    found = queries.campaigns(request.organisation)
    return render(request, "campaigns/list.html", {"campaigns": found, "section": "campaigns"})


@require_http_methods(["GET", "POST"])
@workplace(Act.RUN_CAMPAIGN)
def new(request: WorkplaceRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaign = create_campaign(
            organisation=request.organisation,
            name=form.cleaned_data["name"],
            policies=form.cleaned_data["policies"],
            closes_at=form.cleaned_data["closes_on"],
            why=form.cleaned_data["why"],
            works_council=form.cleaned_data["works_council"],
            user=request.user,
            now=timezone.now(),
        )
        return redirect("campaign", request.organisation.slug, campaign.pk)
    return render(
        request, "campaigns/new.html", {"form": form, "section": "campaigns"}, status=422 if form.errors else 200
    )


@require_GET
@workplace(Act.SEE_FIGURES)
def detail(request: WorkplaceRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    context: dict[str, object] = {
        "campaign": campaign,
        "counts": queries.delivery_counts(campaign),
        "section": "campaigns",
    }
    if campaign.state == "draft":
        keys = list(campaign.policies.values_list("key", flat=True))
        audience = queries.audience_by_country(request.organisation, keys, timezone.localdate())
        context |= {
            "audience": audience,
            "asked": sum(row.asked for row in audience),
            "informed": sum(row.informed for row in audience),
            "offered": sum(row.offered for row in audience),
            "mails": sum(row.asked + row.informed + row.offered for row in audience),
            "overrides": sorted(overrides(request.organisation).items()),
            "needs_council": [row.name for row in audience if row.requires and not campaign.works_council],
        }
    template = "campaigns/_delivery.html" if request.headers.get("HX-Request") else "campaigns/detail.html"
    return render(request, template, context)


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def start(request: WorkplaceRequest, pk: int) -> HttpResponse:
    try:
        invited = start_campaign(campaign=_campaign(request, pk), now=timezone.now())
    except CampaignRefused as error:
        messages.error(request, str(error))
    else:
        ring(deliver_messages)
        messages.success(request, f"Started. {invited:,} people will get their mail now.")
    return redirect("campaign", request.organisation.slug, pk)


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def works_council(request: WorkplaceRequest, pk: int) -> HttpResponse:
    text = request.POST.get("works_council", "")
    try:
        change_campaign(campaign=_campaign(request, pk), works_council=text.strip(), now=timezone.now())
    except CampaignRefused as error:
        messages.error(request, str(error))
    return redirect("campaign", request.organisation.slug, pk)


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def again(request: WorkplaceRequest, pk: int) -> HttpResponse:
    try:
        again = send_again(campaign=_campaign(request, pk), which="failed", now=timezone.now())
    except CampaignRefused as error:
        messages.error(request, str(error))
    else:
        ring(deliver_messages)
        messages.success(request, f"{again:,} mails are in the queue again.")
    return redirect("campaign", request.organisation.slug, pk)


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def close(request: WorkplaceRequest, pk: int) -> HttpResponse:
    try:
        close_campaign(campaign=_campaign(request, pk), now=timezone.now())
    except CampaignRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Closed. Its links do not work any more, and no further mail goes out.")
    return redirect("campaign", request.organisation.slug, pk)


def _campaign(request: WorkplaceRequest, pk: int) -> Campaign:
    found = queries.campaign(request.organisation, pk)
    if found is None:
        raise Http404
    return found


# --- Outbox --------------------------------------------------------------------------------------------------------

_MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@require_GET
@workplace(Act.READ_OUTBOX)
def outbox(request: WorkplaceRequest) -> HttpResponse:
    page = Paginator(queries.messages(request.organisation), 50).get_page(request.GET.get("page"))
    local = request.organisation.outbox_only or not settings.EMAIL_URL
    return render(request, "campaigns/outbox.html", {"page": page, "local": local, "section": "outbox"})


@require_GET
@workplace(Act.READ_OUTBOX)
def mail(request: WorkplaceRequest, public_id: UUID) -> HttpResponse:
    message, read = _mail(request, public_id)
    return render(request, "campaigns/mail.html", {"message": message, "mail": read, "section": "outbox"})


@require_GET
@xframe_options_sameorigin
@csp(_MAIL_POLICY)
@workplace(Act.READ_OUTBOX)
def mail_html(request: WorkplaceRequest, public_id: UUID) -> HttpResponse:
    """The HTML part alone, in a sandbox: its own styles, no script, no request to anywhere."""
    _, read = _mail(request, public_id)
    if read is None:
        raise Http404
    return HttpResponse(read.html)


def _mail(request: WorkplaceRequest, public_id: UUID) -> tuple[Message, ReadMail | None]:
    """A message and, from the local outbox, its text; who reads somebody's mail and link stands in the log."""
    message = queries.message(request.organisation, public_id)
    if message is None:
        raise Http404
    read = read_outbox(str(message.public_id))
    if read:
        event = Event("message.read", {"message": str(message.public_id), "user": request.user.pk})
        append_evidence(organisation=request.organisation, events=[event], now=timezone.now())
    return message, read
