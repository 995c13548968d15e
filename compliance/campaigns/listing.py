"""The list of people in words: what it is narrowed to, what it can be narrowed to, its columns and their cells."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import get_language_info, gettext, gettext_lazy

from compliance.campaigns.models import Campaign
from employees.models import Employee
from employees.names import country_name
from employees.queries import Values
from employees.rules.listing import SORTS, Wanted

MOST_OPTIONS = 200  # of one kind; a longer list is no help, and an address can still name what is not in it

STATUSES: Mapping[str, str | Promise] = {
    "active": gettext_lazy("are here"),
    "left": gettext_lazy("have left"),
    "all": gettext_lazy("are here or have left"),
}
NEEDS: Mapping[str, str | Promise] = {
    "no_mail": gettext_lazy("address gets no mail"),
    "no_language": gettext_lazy("no language on file"),
    "no_department": gettext_lazy("no department"),
    "no_number": gettext_lazy("no personnel number"),
    "no_state": gettext_lazy("in the United States, no state"),
}
STANDINGS: Mapping[str, str | Promise] = {
    "in": gettext_lazy("invited"),
    "out": gettext_lazy("not invited"),
    "unreached": gettext_lazy("first mail did not arrive"),
    "ended": gettext_lazy("link ended"),
    "answered": gettext_lazy("has answered"),
    "silent": gettext_lazy("asked, no answer yet"),
}
COLUMNS: Mapping[str, str | Promise] = {
    "region": gettext_lazy("Region"),
    "department": gettext_lazy("Department"),
    "language": gettext_lazy("Language"),
    "number": gettext_lazy("Number"),
    "manager": gettext_lazy("Manager"),
    "started": gettext_lazy("Start date"),
    "since": gettext_lazy("On the roster since"),
    "status": gettext_lazy("Status"),
}


def language_name(code: str) -> str:
    """In the language in use; the code itself where Django knows no name for it."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


class Chip(NamedTuple):
    """One thing that the list is narrowed to, and the list without it."""

    label: str
    query: str


def chips(wanted: Wanted, campaign: Campaign | None) -> list[Chip]:
    """Together they read as a sentence."""
    found: list[Chip] = []

    def add(label: object, name: str, value: str = "") -> None:
        found.append(Chip(str(label), wanted.without(name, value).query))

    if wanted.q:
        add(f"“{wanted.q}”", "q")
    for code in wanted.country:
        add(country_name(code), "country", code)
    for department in wanted.department:
        add(gettext("no department") if department == "-" else department, "department", department)
    for code in wanted.language:
        add(gettext("no language on file") if code == "-" else language_name(code), "language", code)
    if wanted.status != "active":
        add(STATUSES[wanted.status], "status")
    for need in wanted.needs:
        add(NEEDS[need], "needs", need)
    if campaign:
        add(f"{campaign.name}: {STANDINGS[wanted.standing or 'in']}", "campaign")
    return found


class Option(NamedTuple):
    value: str
    label: str
    people: int | None = None


def country_options(values: Values) -> list[Option]:
    found = [Option(code, country_name(code), people) for code, people in values.countries.items()]
    return sorted(found, key=lambda option: option.label)


def department_options(values: Values) -> list[Option]:
    return _options(values.departments, lambda value: value, gettext("no department"))


def language_options(values: Values) -> list[Option]:
    return _options(values.languages, language_name, gettext("no language on file"))


def _options(counts: Mapping[str, int], name: Callable[[str], str], none: str) -> list[Option]:
    most = list(counts.items())[:MOST_OPTIONS]
    named = sorted((Option(value, name(value), people) for value, people in most if value), key=lambda each: each.label)
    return [*named, *(Option("-", none, people) for value, people in most if not value)]


class Head(NamedTuple):
    """A column's head; `query` sorts by it, empty where nothing does; `direction` as ARIA says it."""

    label: str
    query: str
    direction: str


def heads(wanted: Wanted, columns: Sequence[str]) -> Iterator[Head]:
    for name in ("name", *columns):
        label = str(gettext("Name") if name == "name" else COLUMNS[name])
        here = wanted.sort == name
        down = here and not wanted.descending
        query = wanted.but(sort=name, descending=down).query if name in SORTS else ""
        yield Head(label, query, ("descending" if wanted.descending else "ascending") if here else "")


class Row(NamedTuple):
    person: Employee
    cells: list[tuple[str, str]]  # (head, text)
    standing: str


def rows(people: Iterable[Employee], columns: Sequence[str], standing: Mapping[int, str]) -> Iterator[Row]:
    labels = {name: str(COLUMNS[name]) for name in columns}
    for person in people:
        yield Row(person, [(labels[name], cell(person, name)) for name in columns], standing.get(person.pk, ""))


_CELLS: Mapping[str, Callable[[Employee], str]] = {
    "region": lambda person: person.region_name,
    "department": lambda person: person.department,
    "language": lambda person: language_name(person.language) if person.language else "",
    "number": lambda person: person.external_id,
    "manager": lambda person: person.manager_email,
    "started": lambda person: date_format(person.started_on, "j F Y") if person.started_on else "",
    "since": lambda person: date_format(localtime(person.created_at), "j F Y"),
    "status": lambda person: gettext("has left") if person.status == Employee.Status.LEFT else gettext("is here"),
}


def cell(person: Employee, column: str) -> str:
    """What a column says of somebody; nothing known is an empty text."""
    return _CELLS[column](person)
