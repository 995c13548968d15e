from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from employees import queries
from employees.names import country_name
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act


@require_GET
@workplace(Act.SEE_PEOPLE, shows="people")
def people(request: WorkplaceRequest) -> HttpResponse:
    text, country = asked_for(request)
    found = queries.employees_matching(request.organisation, text, country)
    return render(
        request,
        "employees/people.html",
        {
            "page": Paginator(found, 50).get_page(request.GET.get("page")),
            "countries": sorted(
                (
                    (code, country_name(code), people)
                    for code, people in queries.countries(request.organisation).items()
                ),
                key=lambda item: item[1],
            ),
            "text": text,
            "country": country,
            "imports": queries.roster_imports(request.organisation)[:8],
            "section": "people",
        },
    )


def asked_for(request: WorkplaceRequest) -> tuple[str, str]:
    """(part of a name or address, country code) that the list is narrowed to."""
    given = request.POST if request.method == "POST" else request.GET
    text = given.get("q", "").replace("\0", "").strip()
    return text, given.get("country", "").replace("\0", "").upper()
