"""A campaign's own page and what can be done with it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.views.decorators.http import require_GET, require_POST

from compliance.campaigns import queries
from compliance.campaigns.forms import ASSESSMENTS, BASES
from compliance.campaigns.models import Campaign
from compliance.campaigns.rules import LIVE, CampaignState
from compliance.campaigns.rules import audience as stored_audience
from compliance.campaigns.services import (
    CampaignRefused,
    approve_campaign,
    cancel_campaign,
    clone_campaign,
    close_campaign,
    delete_draft,
    pause_campaign,
    resume_campaign,
    send_again,
    start_campaign,
)
from compliance.campaigns.tasks import deliver_messages
from compliance.campaigns.views.shared import back, campaign_or_404, refused
from compliance.campaigns.views.summaries import summary
from compliance.catalogue.queries import overrides
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.rules import Act

Page = Callable[..., HttpResponseBase]


@require_GET
@workplace(Act.SEE_FIGURES)
def campaigns(request: WorkplaceRequest) -> HttpResponse:
    found = queries.campaigns(request.organisation)
    return render(request, "campaigns/list.html", {"campaigns": found, "section": "campaigns"})


@require_GET
@workplace(Act.SEE_FIGURES)
def detail(request: WorkplaceRequest, pk: int) -> HttpResponse:
    campaign, now = campaign_or_404(request, pk), timezone.now()
    context: dict[str, object] = {
        "campaign": campaign,
        "section": "campaigns",
        "stays_here": queries.mails_stay_here(request.organisation),
    }
    if campaign.state == CampaignState.DRAFT:
        found = summary(campaign, now)
        own = campaign.created_by_id == request.user.pk
        above = campaign.organisation.approval_above
        asks_approval = found.people > above and not campaign.approved_for(found.people) and not own
        context |= {
            "summary": found,
            "overrides": sorted(overrides(request.organisation).items()),
            "chosen": stored_audience(campaign.audience),
            "lawful_basis": BASES.get(campaign.lawful_basis, ""),
            "assessment": ASSESSMENTS.get(campaign.assessment, ""),
            "start_label": _("Start and send %(people)s mails") % {"people": number_format(found.people)},
            "approve_label": _("Approve mails to %(people)s people") % {"people": number_format(found.people)}
            if asks_approval
            else "",
        }
        return render(request, "campaigns/draft.html", context)
    people, hidden = request.may(Act.SEE_PEOPLE), request.organisation.works_council_mode
    counts = queries.delivery_counts(campaign, people=people)
    context |= {
        "counts": counts,
        "live": campaign.state in LIVE,
        "once_more": _once_more(counts, 0 if hidden else queries.unanswered_count(campaign)),
        "hidden": hidden,
        "next_mail": queries.next_mail_at(campaign, people=people),
        "reminded": queries.reminder_counts(campaign, people=people),
    }
    template = "campaigns/_delivery.html" if request.headers.get("HX-Request") else "campaigns/detail.html"
    return render(request, template, context)


def _once_more(counts: dict[str, int], unanswered: int) -> list[tuple[str, str]]:
    """The buttons that send mails again, with what each says."""
    labels = {
        "failed": (counts["failed"], _("Send the %(number)s failed again")),
        "bounced": (counts["bounced"], _("Send the %(number)s returned again")),
        "unknown": (counts["unknown"], _("Send the %(number)s unknown again")),
        "unanswered": (unanswered, _("Send it again to the %(number)s who have not answered")),
    }
    return [(which, label % {"number": number_format(number)}) for which, (number, label) in labels.items() if number]


def _act(work: Callable[[WorkplaceRequest, Campaign, datetime], str], act: Act = Act.RUN_CAMPAIGN) -> Page:
    """A button of a campaign: does its work, says what it did, and goes back to the campaign."""

    @require_POST
    @workplace(act)
    def view(request: WorkplaceRequest, pk: int) -> HttpResponse:
        try:
            said = work(request, campaign_or_404(request, pk), timezone.now())
        except CampaignRefused as error:
            return refused(request, pk, error)
        messages.success(request, said)
        return back(request, pk)

    return view


def _start(request: WorkplaceRequest, campaign: Campaign, now: datetime) -> str:
    invited = start_campaign(campaign=campaign, now=now, user=request.user)
    ring(deliver_messages)
    at_once = (
        _("now") if not campaign.working_hours and not campaign.starts_on else _("in the working hours where they are")
    )
    return _("Started. %(invited)s people get their mail %(at_once)s.") % {
        "invited": number_format(invited),
        "at_once": at_once,
    }


def _approve(request: WorkplaceRequest, campaign: Campaign, now: datetime) -> str:
    approve_campaign(campaign=campaign, user=request.user, now=now)
    return _("Approved. Somebody else can start it now; a change to the draft would take the approval away.")


def _pause(request: WorkplaceRequest, campaign: Campaign, now: datetime) -> str:
    pause_campaign(campaign=campaign, reason=f"Paused by {request.user}.", now=now)
    return _("Paused. No mail goes out; links go on working.")


def _resume(request: WorkplaceRequest, campaign: Campaign, now: datetime) -> str:
    resume_campaign(campaign=campaign, now=now)
    ring(deliver_messages)
    return _("Resumed. What waited goes out now.")


def _close(request: WorkplaceRequest, campaign: Campaign, now: datetime) -> str:
    close_campaign(campaign=campaign, now=now)
    return _("Closed. Its links do not work any more, and no further mail goes out.")


def _cancel(request: WorkplaceRequest, campaign: Campaign, now: datetime) -> str:
    cancel_campaign(campaign=campaign, now=now)
    return _("Cancelled. Its links do not work any more, and no further mail goes out. Answers given so far are kept.")


AGAIN = {
    "failed": noop("%(number)s failed mails are in the queue again."),
    "bounced": noop("%(number)s returned mails are in the queue again."),
    "unknown": noop("%(number)s mails whose fate is not known are in the queue again."),
    "unanswered": noop("%(number)s people who have not answered get the first mail once more."),
}


def _again(request: WorkplaceRequest, campaign: Campaign, now: datetime) -> str:
    which = request.POST.get("which", "failed")
    if which not in AGAIN:
        raise Http404
    number = send_again(campaign=campaign, which=which, now=now)
    ring(deliver_messages)
    return _(AGAIN[which]) % {"number": number_format(number)}


start, approve, again = _act(_start, Act.SEND), _act(_approve, Act.SEND), _act(_again, Act.SEND)
pause, resume, close, cancel = _act(_pause), _act(_resume), _act(_close), _act(_cancel)


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def clone(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """A draft like this campaign, opened at its first step."""
    campaign, now = campaign_or_404(request, pk), timezone.now()
    length = max(campaign.closes_at - (campaign.started_at or campaign.created_at), timedelta(days=7))
    copy = clone_campaign(
        campaign=campaign,
        name=(_("%(name)s (copy)") % {"name": campaign.name})[:200],
        closes_at=now + length,
        user=request.user,
        now=now,
    )
    return redirect("campaign-step", request.organisation.slug, copy.pk, "policies")


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def delete(request: WorkplaceRequest, pk: int) -> HttpResponse:
    campaign = campaign_or_404(request, pk)
    try:
        delete_draft(campaign=campaign)
    except CampaignRefused as error:
        return refused(request, pk, error)
    messages.success(request, _("The draft “%(name)s” is gone.") % {"name": campaign.name})
    return redirect("campaigns", request.organisation.slug)
