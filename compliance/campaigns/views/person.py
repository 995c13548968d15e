"""A person's link: a new one, or none."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compliance.campaigns import queries
from compliance.campaigns.models import Invitation
from compliance.campaigns.rules import LIVE
from compliance.campaigns.services import new_link, revoke_link
from compliance.campaigns.tasks import deliver_messages
from employees.models import Employee
from organisations.access import WorkplaceRequest, workplace
from organisations.doorbell import ring
from organisations.rules import Act


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
    if new_link(invitation=invitation, now=timezone.now(), user=request.user):
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
