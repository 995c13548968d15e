"""How a plan's lines are kept: packed by the thousand, so that a long plan is quick to write and a page to read."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.db.models import QuerySet

from employees.models import PlanChunk, RosterImport
from employees.rules.people import Person
from employees.rules.plan import Kind, Line

CHUNK = 1000
Cells = dict[int, list[str]]


def _packed(lines: Sequence[Line], cells: Cells) -> bytes:
    rows = [(*line, cells.get(line.row)) for line in lines]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)


def _person(values: list[str] | None) -> Person | None:
    return None if values is None else Person._make(values)


def unpacked(chunk: PlanChunk) -> list[tuple[Line, list[str]]]:
    """(line, the row's cells as they stood in the file where they are kept, else none)."""
    return [
        (Line(row, name, email, pk, _person(after), _person(before), reason, place), cells or [])
        for row, name, email, pk, after, before, reason, place, cells in json.loads(
            zlib.decompress(bytes(chunk.content))
        )
    ]


def chunks_of(
    roster_import: RosterImport, kind: Kind, lines: Iterable[Line], cells: Cells | None = None
) -> Iterator[PlanChunk]:
    """Unsaved chunks; the lines keep their order."""
    waiting, position = iter(lines), 0
    while some := list(islice(waiting, CHUNK)):
        yield PlanChunk(
            roster_import=roster_import,
            kind=kind.value,
            position=position,
            known=sum(line.employee_id > 0 for line in some),
            content=_packed(some, cells or {}),
        )
        position += 1


def _chunks(roster_import: RosterImport, kind: Kind) -> QuerySet[PlanChunk]:
    return PlanChunk.objects.filter(roster_import=roster_import, kind=kind.value).order_by("position")


def lines_of(roster_import: RosterImport, kind: Kind) -> Iterator[Line]:
    """Every line of a kind, in order, a chunk in memory at a time."""
    for line, _ in rows_of(roster_import, kind):
        yield line


def rows_of(roster_import: RosterImport, kind: Kind) -> Iterator[tuple[Line, list[str]]]:
    """As `lines_of`, each with its row's cells as they stand in the file."""
    for chunk in _chunks(roster_import, kind).iterator(chunk_size=5):
        yield from unpacked(chunk)


def known_lines(roster_import: RosterImport, kind: Kind) -> Iterator[Line]:
    """The lines of a kind that are about somebody who is or was on the roster."""
    for chunk in _chunks(roster_import, kind).filter(known__gt=0).iterator(chunk_size=5):
        yield from (line for line, _ in unpacked(chunk) if line.employee_id)


def new_people(roster_import: RosterImport) -> Iterator[list[str]]:
    """The fields of Person, in order, of everybody whom the roster does not know. Only what is needed is made of the
    packed lines: there may be hundreds of thousands."""
    for chunk in _chunks(roster_import, Kind.JOINER).iterator(chunk_size=5):
        for _, _, _, employee_id, after, *_ in json.loads(zlib.decompress(bytes(chunk.content))):
            if not employee_id:
                yield after


def slice_of(roster_import: RosterImport, kind: Kind, start: int, stop: int) -> list[Line]:
    """Lines `start` to `stop`, without reading the others."""
    found = _chunks(roster_import, kind).filter(position__gte=start // CHUNK, position__lte=(stop - 1) // CHUNK)
    lines = [line for chunk in found for line, _ in unpacked(chunk)]
    offset = start // CHUNK * CHUNK
    return lines[start - offset : stop - offset]
