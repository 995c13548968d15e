from collections import Counter
from collections.abc import Iterator

from django.db.models import Count, QuerySet

from employees.models import Employee, RosterImport
from employees.rules.people import Person
from employees.rules.plan import Known
from organisations.models import Organisation


def active_employees(organisation: Organisation) -> QuerySet[Employee]:
    return Employee.objects.filter(organisation=organisation, status=Employee.Status.ACTIVE).order_by("name", "id")


def employees_matching(organisation: Organisation, text: str, country: str) -> QuerySet[Employee]:
    """Active people whose name or address contains `text`, in `country` when one is given."""
    found = active_employees(organisation)
    if country:
        found = found.filter(country=country)
    if text:
        found = found.filter(name__icontains=text) | found.filter(email__icontains=text)
    return found


def countries(organisation: Organisation) -> Counter[str]:
    """Active people by country, most first."""
    rows = active_employees(organisation).order_by().values("country").annotate(people=Count("id"))
    return Counter({row["country"]: row["people"] for row in rows})


def known_people(organisation: Organisation) -> Iterator[Known]:
    """Everybody ever on the roster, as the plan compares them."""
    fields = (
        "name",
        "email",
        "country",
        "subdivision",
        "external_id",
        "department",
        "manager_email",
        "language",
    )
    rows = Employee.objects.filter(organisation=organisation).order_by("id").values_list("id", "status", *fields)
    for pk, status, *values in rows.iterator(chunk_size=5000):
        yield Known(pk, status == Employee.Status.ACTIVE, Person(*values))


def last_committed_import(organisation: Organisation) -> RosterImport | None:
    committed = RosterImport.objects.filter(organisation=organisation, state=RosterImport.State.COMMITTED)
    return committed.order_by("-finished_at", "-id").first()


def roster_import(organisation: Organisation, pk: int) -> RosterImport | None:
    return RosterImport.objects.filter(organisation=organisation, pk=pk).first()


def roster_imports(organisation: Organisation) -> QuerySet[RosterImport]:
    """Newest first, without the plans' lines."""
    return RosterImport.objects.filter(organisation=organisation).defer("lines").order_by("-id")
