"""Finding the one person whom a command is about."""

from argparse import ArgumentParser

from django.core.management.base import CommandError, CommandParser

from employees.models import Employee
from organisations.models import Organisation
from organisations.queries import organisation_by_slug


def add_arguments(parser: CommandParser | ArgumentParser) -> None:
    parser.add_argument("--organisation", metavar="SLUG", required=True)
    parser.add_argument("person", help="work e-mail address, or the number in the address of the person's page")


def find(slug: str, person: str) -> tuple[Organisation, Employee]:
    """Raises CommandError for nobody, and for an address that several people have had."""
    organisation = organisation_by_slug(slug)
    if organisation is None:
        raise CommandError(f"There is no organisation {slug!r}.")
    known = Employee.objects.filter(organisation=organisation).order_by("pk")
    rows = list(known.filter(pk=int(person)) if person.isdecimal() else known.filter(email__iexact=person))
    if len(rows) != 1:
        numbers = ", ".join(str(row.pk) for row in rows)
        raise CommandError(f"{len(rows)} people have had that address: give one of the numbers {numbers}." if rows
                           else "Nobody on the roster, now or earlier, has that address or number.")  # fmt: skip
    return organisation, rows[0]
