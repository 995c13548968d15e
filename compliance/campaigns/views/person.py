"""One person: what was sent and when, what came back, where the answers stand, and what applies to them and why."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from compliance.campaigns import queries
from compliance.campaigns.models import Invitation
from compliance.campaigns.rules import LIVE
from compliance.campaigns.services import new_link, revoke_link
from compliance.campaigns.tasks import deliver_messages
from compliance.catalogue.queries import policies, resolver
from employees.models import Employee
from employees.names import region_name
from employees.queries import employee
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.rules import Act
from organisations.services import Event, append_evidence
from organisations.told import in_use


@require_GET
@workplace(Act.SEE_PEOPLE)
def person(request: WorkplaceRequest, pk: int) -> HttpResponse:
    found = employee(request.organisation, pk)
    if found is None:
        raise Http404
    event = Event("person.looked_at", {"user": request.user.pk}, personal={"employee": found.pk}, subject=found.pk)
    append_evidence(organisation=request.organisation, events=[event], now=timezone.now())
    titles = {policy.key: policy for policy in policies()}
    decisions = resolver(request.organisation, timezone.localdate())[found.country, found.subdivision]
    context = {
        "person": found,
        "region": region_name(found.country, found.subdivision, in_use()),
        "invitations": queries.invitations_of(request.organisation, found),
        "messages_sent": queries.history(request.organisation, found),
        "applies": [(titles[item.policy], item) for item in decisions if item.version and item.policy in titles],
        "suppression": queries.suppressions(request.organisation).filter(email=found.email.lower()).first(),
        "section": "people",
    }
    return render(request, "campaigns/person.html", context)


def _living(request: WorkplaceRequest, pk: int) -> Invitation:
    """A link of a running campaign, to somebody still here."""
    found = queries.invitation(request.organisation, pk)
    if found is None or found.campaign.state not in LIVE or found.employee.status != Employee.Status.ACTIVE:
        raise Http404
    return found


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def send_new_link(request: WorkplaceRequest, pk: int) -> HttpResponse:
    invitation = _living(request, pk)
    if new_link(invitation=invitation, now=timezone.now(), by="staff"):
        ring(deliver_messages)
        messages.success(
            request,
            _("A new link goes to %(email)s. The old one has stopped working.") % {"email": invitation.employee.email},
        )
    else:
        messages.error(request, _("No mail can go there now: the campaign is paused, or the address gets no mail."))
    return redirect("person", request.organisation.slug, invitation.employee_id)


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def end_link(request: WorkplaceRequest, pk: int) -> HttpResponse:
    invitation = _living(request, pk)
    revoke_link(invitation=invitation, now=timezone.now())
    messages.success(request, _("The link has stopped working. “Send a new link” makes another."))
    return redirect("person", request.organisation.slug, invitation.employee_id)
