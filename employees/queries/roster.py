"""The roster and its imports."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Func, QuerySet, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce, Length

from employees.lines import lines_of
from employees.models import ColumnChoice, Employee, RegionAlias, RosterImport, RosterUpload
from employees.rules.people import Person, attributes_text
from employees.rules.plan import SEPARATOR, Kind, Known
from employees.rules.regions import Region
from organisations.models import Organisation


def active_employees(organisation: Organisation) -> QuerySet[Employee]:
    """By name, whatever its accents."""
    return Employee.objects.filter(organisation=organisation, status=Employee.Status.ACTIVE).order_by("searched", "id")


def employee(organisation: Organisation, pk: int) -> Employee | None:
    """Somebody who is or was on the roster."""
    return Employee.objects.filter(organisation=organisation, pk=pk).first()


def countries(organisation: Organisation) -> Counter[str]:
    """Active people by country, most first."""
    rows = active_employees(organisation).order_by().values("country").annotate(people=Count("id"))
    return Counter({row["country"]: row["people"] for row in rows})


def known_people(organisation: Organisation) -> Iterator[Known]:
    """Everybody ever on the roster, as the plan compares them."""
    parts: list[Any] = []
    for name in Person._fields[:8]:
        parts += [F(name), Value(SEPARATOR)]
    parts += [Coalesce(Cast("started_on", TextField()), Value("")), Value(SEPARATOR)]
    # One flat expression: nested ones of Concat are too deep for SQLite's parser.
    text = Func(*parts, template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())
    rows = (
        Employee.objects.filter(organisation=organisation)
        .order_by("id")
        .annotate(text=text, more=Cast("attributes", TextField()))
        .values_list("id", "status", "external_id", "email", "text", "more")
    )
    for pk, status, external_id, email, known, more in rows.iterator(chunk_size=2000):
        full = known if more == "{}" else known + attributes_text(json.loads(more))
        yield Known(pk, status == "active", external_id, email, full)


def column_choices(organisation: Organisation) -> dict[str, str]:
    """What the organisation said of columns: folded header → meaning."""
    rows = ColumnChoice.objects.filter(organisation=organisation).order_by("header")
    return dict(rows.values_list("header", "meaning"))


def region_aliases(organisation: Organisation) -> dict[str, Region]:
    """The organisation's own words for places, by `fold`."""
    rows = RegionAlias.objects.filter(organisation=organisation).order_by("spelling")
    return {spelling: Region(*place) for spelling, *place in rows.values_list("spelling", "country", "subdivision")}


def aliases_of(organisation: Organisation) -> QuerySet[RegionAlias]:
    return RegionAlias.objects.filter(organisation=organisation).order_by("written")


# A commit is one transaction that writes down no progress: after so long its worker is stopped (employees.tasks).
COMMIT_ENDS_WITHIN = timedelta(seconds=330)


def waiting_imports() -> tuple[list[int], list[int]]:
    """Imports of all organisations that wait for a worker: (to read, to commit)."""
    waiting = RosterImport.objects.order_by("id")
    to_read = waiting.filter(state=RosterImport.State.READING, claim=None)
    to_commit = waiting.filter(state=RosterImport.State.COMMITTING)
    return list(to_read.values_list("id", flat=True)[:20]), list(to_commit.values_list("id", flat=True)[:20])


def roster_revision(organisation: Organisation) -> int:
    """As it is now, whatever the row at hand says."""
    return Organisation.objects.values_list("roster_revision", flat=True).get(pk=organisation.pk)


def last_committed_import(organisation: Organisation) -> RosterImport | None:
    committed = RosterImport.objects.filter(organisation=organisation, state=RosterImport.State.COMMITTED)
    return committed.order_by("-finished_at", "-id").first()


def imports_to_look_at(organisation: Organisation) -> list[RosterImport]:
    """The last committed import if it left rows to mend, and the newest one that waits for somebody, in one query."""
    states = (RosterImport.State.PLANNED, RosterImport.State.UNMAPPED, RosterImport.State.COMMITTED)
    recent = list(RosterImport.objects.filter(organisation=organisation, state__in=states).order_by("-id")[:50])
    committed = [item for item in recent if item.state == RosterImport.State.COMMITTED]
    last = max(committed, key=lambda item: (item.finished_at, item.pk), default=None)
    waiting = [item for item in recent if item.state != RosterImport.State.COMMITTED]
    return [*waiting[:1], *([last] if last and last.to_mend else [])]


def roster_import(organisation: Organisation, pk: int) -> RosterImport | None:
    return RosterImport.objects.filter(organisation=organisation, pk=pk).first()


def roster_imports(organisation: Organisation) -> QuerySet[RosterImport]:
    """Newest first."""
    return RosterImport.objects.filter(organisation=organisation).order_by("-id")


def upload_size(roster_import: RosterImport) -> int:
    """Bytes of the file as it lies sealed; 0 when it is gone."""
    found = RosterUpload.objects.filter(roster_import=roster_import)
    return found.aggregate(size=Sum(Length("content")))["size"] or 0


def region_moves(roster_import: RosterImport) -> Counter[tuple[Region, Region]]:
    """How many people a plan takes from which region to which, most first."""
    moves: Counter[tuple[Region, Region]] = Counter()
    for line in lines_of(roster_import, Kind.CHANGE):
        if line.moved and line.before and line.after:
            before, after = (Region(person.country, person.subdivision) for person in (line.before, line.after))
            moves[before, after] += 1
    return moves
