"""The list of people: narrowed, sorted, and cut into parts by where the last one ended, not by counting rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet

from employees.models import Employee, PersonNote, RegionMove, SavedView
from employees.rules.listing import SORTS, Wanted
from employees.rules.searching import patterns
from organisations.models import Membership, Organisation

PART = 50  # people on a page

_MISSING: dict[str, Q] = {
    "no_language": Q(language=""),
    "no_department": Q(department=""),
    "no_number": Q(external_id=""),
    "no_state": Q(country="US", subdivision=""),
}


def found_people(organisation: Organisation, wanted: Wanted) -> QuerySet[Employee]:
    """Everybody whom `wanted` means, as far as the roster knows: campaigns are the business of rooms above."""
    statuses = ["active", "left"] if wanted.status == "all" else [wanted.status]
    found = Employee.objects.filter(organisation=organisation, status__in=statuses)
    for pattern in patterns(wanted.q):
        found = found.filter(searched__contains=pattern)
    for name in ("country", "department", "language"):
        if values := getattr(wanted, name):
            found = found.filter(**{f"{name}__in": ["" if value == "-" else value for value in values]})
    for need in wanted.needs:
        if need in _MISSING:
            found = found.filter(_MISSING[need])
    return found.order_by(*keys_of(wanted))


def keys_of(wanted: Wanted) -> tuple[str, ...]:
    """The order: the column asked for, then the name, then the row's number, which is nobody else's."""
    columns = dict.fromkeys((SORTS[wanted.sort], "searched", "id"))
    return tuple(f"-{name}" if wanted.descending else name for name in columns)


def these_people(organisation: Organisation, ids: Sequence[int]) -> QuerySet[Employee]:
    """Those of the organisation among some ids, by name."""
    return Employee.objects.filter(organisation=organisation, pk__in=ids).order_by("searched", "id")


@dataclass(frozen=True)
class Values:
    """What the active people of a roster have: value → people, most first; a value that nobody has is not there."""

    countries: dict[str, int]
    departments: dict[str, int]
    languages: dict[str, int]


def values_of(organisation: Organisation, stand: str) -> Values:
    """Kept for a minute; `stand` says which roster it was, so that an import shows at once."""
    key = f"people-values-{organisation.pk}-{stand}"
    found: Values | None = cache.get(key)
    if found is None:
        found = _values_of(organisation)
        cache.set(key, found, 60)
    return found


def _values_of(organisation: Organisation) -> Values:
    active = Employee.objects.filter(organisation=organisation, status=Employee.Status.ACTIVE).order_by()
    rows = list(active.values_list("country", "department", "language").annotate(people=Count("id")))
    counts: list[Counter[str]] = [Counter(), Counter(), Counter()]
    for *values, people in rows:
        for counter, value in zip(counts, values, strict=True):
            counter[value] += people
    countries, departments, languages = (
        dict(sorted(counter.items(), key=lambda item: (-item[1], item[0]))) for counter in counts
    )
    return Values(countries, departments, languages)


def saved_views(membership: Membership) -> QuerySet[SavedView]:
    """A member's own."""
    return SavedView.objects.filter(membership=membership).order_by("name")


def region_history(employee: Employee) -> list[RegionMove]:
    """The newest first."""
    return list(
        RegionMove.objects.filter(employee=employee).select_related("roster_import").order_by("-created_at", "-id")
    )


def notes_about(employee: Employee) -> QuerySet[PersonNote]:
    """The newest first."""
    return PersonNote.objects.filter(employee=employee).select_related("author").order_by("-id")


def note(organisation: Organisation, pk: int) -> PersonNote | None:
    rows = PersonNote.objects.filter(organisation=organisation, pk=pk)
    return rows.select_related("employee__organisation", "author").first()


@dataclass(frozen=True)
class Part:
    """One page of a list. `before` and `after` are ids from which the pages on either side go on; 0: there is none."""

    people: list[Employee]
    before: int = 0
    after: int = 0


def part(
    organisation: Organisation,
    people: QuerySet[Employee],
    wanted: Wanted,
    *,
    after: int = 0,
    before: int = 0,
    size: int = PART,
) -> Part:
    """The page that begins behind the person `after`, or ends in front of `before`; the first when neither is given,
    or is nobody of the organisation (any more), or nobody comes there.

    Whoever joins or leaves meanwhile moves nobody from one page to another, so nobody is shown twice or left out.
    """
    keys = keys_of(wanted)
    names = [key.removeprefix("-") for key in keys]
    # They need not be in the list: it goes on from where somebody stood who has left since.
    someone = Employee.objects.filter(organisation=organisation, pk=after or before)
    stood = someone.values_list(*names).first() if after or before else None
    if stood is None:
        rows, more = _some(people, size)
        return Part(rows, after=rows[-1].pk if more else 0)
    forwards = bool(after)
    beyond = people.filter(_beyond(list(zip(names, stood, strict=True)), ahead=forwards != wanted.descending))
    rows, more = _some(beyond if forwards else beyond.reverse(), size)
    if forwards and rows:
        return Part(rows, before=rows[0].pk, after=rows[-1].pk if more else 0)
    if more:
        rows.reverse()
        return Part(rows, before=rows[0].pk, after=rows[-1].pk)
    return part(organisation, people, wanted, size=size)  # the beginning, whole, with whoever has come in front since


def _some(people: QuerySet[Employee], size: int) -> tuple[list[Employee], bool]:
    rows = list(people[: size + 1])
    return rows[:size], len(rows) > size


def _beyond(stood: Sequence[tuple[str, Any]], *, ahead: bool) -> Q:
    """Rows behind a place in the order of these columns (ascending; `ahead` False: in front of it)."""
    more, (first, place) = "gt" if ahead else "lt", stood[0]
    found = Q()
    for name, value in reversed(stood):
        further = Q((f"{name}__{more}", value))
        found = further | (Q((name, value)) & found) if found else further
    return Q((f"{first}__{more}e", place)) & found  # says nothing new, but an index is entered by it
