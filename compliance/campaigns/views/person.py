"""One person: what was sent and when, what came back, where the answers stand, and what applies to them and why."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from compliance.campaigns import queries
from compliance.catalogue.queries import policies, resolver
from employees.names import region_name
from employees.queries import employee
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act
from organisations.services import Event, append_evidence


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
        "region": region_name(found.country, found.subdivision),
        "invitations": queries.invitations_of(request.organisation, found),
        "messages_sent": queries.history(request.organisation, found),
        "applies": [(titles[item.policy], item) for item in decisions if item.version and item.policy in titles],
        "suppression": queries.suppressions(request.organisation).filter(email=found.email.lower()).first(),
        "section": "people",
    }
    return render(request, "campaigns/person.html", context)
