"""The steps of a campaign's set-up, with a running summary beside them. Nothing here reaches anybody."""

from datetime import timedelta
from typing import Any

from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from compliance.campaigns import queries
from compliance.campaigns.forms import AudienceForm, DatesForm, MessageForm, PoliciesForm, TermsForm, end_of
from compliance.campaigns.models import Campaign
from compliance.campaigns.rules import Audience, CampaignState
from compliance.campaigns.rules import audience as stored_audience
from compliance.campaigns.services import CampaignRefused, change_campaign, create_campaign, save_audience
from compliance.campaigns.views.shared import back, campaign_or_404, number, refused
from compliance.campaigns.views.summaries import summary
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act

STEPS = [
    ("policies", _("Policies")),
    ("audience", _("Audience")),
    ("dates", _("Dates")),
    ("message", _("Message")),
    ("terms", _("Terms")),
]
_FORMS: dict[str, Any] = {
    "policies": PoliciesForm, "audience": AudienceForm, "dates": DatesForm, "message": MessageForm, "terms": TermsForm,
}  # fmt: skip
WEEKS = timedelta(days=30)


@require_http_methods(["GET", "POST"])
@workplace(Act.RUN_CAMPAIGN)
def new(request: WorkplaceRequest) -> HttpResponse:
    """The first step makes the draft; the others change it."""
    form = PoliciesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        campaign = create_campaign(
            organisation=request.organisation,
            name=form.cleaned_data["name"],
            policies=form.cleaned_data["policies"],
            closes_at=end_of(timezone.localdate() + WEEKS),
            user=request.user,
            now=timezone.now(),
        )
        return redirect("campaign-step", request.organisation.slug, campaign.pk, "audience")
    return _show(request, None, "policies", form)


@require_http_methods(["GET", "POST"])
@workplace(Act.RUN_CAMPAIGN, shows="campaign step")
def step(request: WorkplaceRequest, pk: int, name: str) -> HttpResponse:
    if name not in _FORMS:
        raise Http404
    campaign = campaign_or_404(request, pk)
    if campaign.state != CampaignState.DRAFT:
        return back(request, pk)
    given: dict[str, Any] = {"data": request.POST} if request.method == "POST" else {}
    if name == "audience":
        given["choices"] = queries.audience_choices(request.organisation)
    form = _FORMS[name](initial=_FORMS[name].of(campaign), **given)
    if request.method == "POST" and form.is_valid():
        try:
            change_campaign(campaign=campaign, now=timezone.now(), **form.changes())
        except CampaignRefused as error:
            return refused(request, pk, error)
        if name == "audience" and form.cleaned_data["save_as"]:
            save_audience(organisation=request.organisation, name=form.cleaned_data["save_as"], audience=form.chosen())
        return _next(request, pk, name)
    return _show(request, campaign, name, form)


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def use_audience(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """Takes a saved audience, or everybody, into the draft."""
    campaign = campaign_or_404(request, pk)
    chosen = Audience()
    if saved := request.POST.get("saved", ""):
        row = queries.saved_audiences(request.organisation).filter(pk=number(saved)).first()
        if row is None:
            raise Http404
        chosen = stored_audience(row.audience)
    try:
        change_campaign(campaign=campaign, now=timezone.now(), audience=chosen.stored())
    except CampaignRefused as error:
        return refused(request, pk, error)
    return redirect("campaign-step", request.organisation.slug, pk, "audience")


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def reach(request: WorkplaceRequest) -> HttpResponse:
    """Whom the boxes that are ticked would reach; asked after each change, and keeps nothing."""
    pk = request.POST.get("campaign", "")
    campaign = campaign_or_404(request, number(pk)) if pk else None
    policies = PoliciesForm(request.POST)
    policies.is_valid()
    chosen = policies.cleaned_data.get("policies") if "policies" in request.POST or not campaign else None
    keys = [policy.key for policy in (chosen if chosen is not None else campaign.policies.all() if campaign else [])]
    audience = stored_audience(campaign.audience) if campaign else Audience()
    if "audience" in request.POST:
        initial = AudienceForm.of(campaign) if campaign else None
        form = AudienceForm(request.POST, initial=initial, choices=queries.audience_choices(request.organisation))
        form.is_valid()
        audience = form.chosen()
    on = queries.deciding_day(campaign, timezone.localdate()) if campaign else timezone.localdate()
    people = queries.people_of(request.organisation, audience)
    rows = queries.audience_by_country(request.organisation, keys, on, people) if keys else []
    context = {"rows": rows, "people": sum(row.people for row in rows), "organisation": request.organisation}
    return render(request, "campaigns/_reach.html", context)


def _next(request: WorkplaceRequest, pk: int, name: str) -> HttpResponse:
    names = [key for key, _ in STEPS]
    if "later" in request.POST or name == names[-1]:
        return back(request, pk)
    return redirect("campaign-step", request.organisation.slug, pk, names[names.index(name) + 1])


def _show(request: WorkplaceRequest, campaign: Campaign | None, name: str, form: Form) -> HttpResponse:
    now = timezone.now()
    context: dict[str, object] = {
        "campaign": campaign,
        "form": form,
        "step": name,
        "step_title": dict(STEPS)[name],
        "number": [key for key, _ in STEPS].index(name) + 1,
        "steps": STEPS,
        "section": "campaigns",
        "saved": queries.saved_audiences(request.organisation) if name == "audience" else [],
    }
    if campaign:
        context["summary"] = summary(campaign, now)
        context["chosen_policies"] = campaign.policies.all()
    return render(request, "campaigns/step.html", context, status=422 if form.errors else 200)
