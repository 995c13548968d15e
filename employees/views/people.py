from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from employees import queries
from employees.names import country_name
from employees.rules.listing import Wanted, wanted
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act


@require_GET
@workplace(Act.SEE_PEOPLE, shows="people")
def people(request: WorkplaceRequest) -> HttpResponse:
    asked, organisation = asked_for(request), request.organisation
    found = queries.found_people(organisation, asked)
    edges = {name: _number(request.GET.get(name, "")) for name in ("after", "before")}
    part = queries.part(organisation, found, asked, **edges)
    whole = not (part.before or part.after)
    return render(
        request,
        "employees/people.html",
        {
            "part": part,
            "number": len(part.people) if whole else found.order_by().count(),
            "countries": sorted(
                ((code, country_name(code), people) for code, people in queries.countries(organisation).items()),
                key=lambda item: item[1],
            ),
            "wanted": asked,
            "imports": queries.roster_imports(organisation)[:8],
            "section": "people",
        },
    )


def asked_for(request: WorkplaceRequest) -> Wanted:
    """What the list is narrowed to, by an address or a form."""
    given = request.POST if request.method == "POST" else request.GET
    return wanted({name: given.getlist(name) for name in given})


def _number(text: str) -> int:
    """A row's number in an address; 0 for whatever is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
