"""The difference between a file and the roster: who joins, changes, leaves, and which rows a person must look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from employees.rules.people import Gone, Person, Refused
from employees.rules.regions import fold


class Kind(StrEnum):
    JOINER = "joiner"
    CHANGE = "change"
    LEAVER = "leaver"
    REVIEW = "review"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Known:
    """Somebody on the roster already. `active` is False for people who left."""

    id: int
    active: bool
    person: Person


@dataclass(frozen=True)
class Line:
    """One line of a plan. `changes` maps a field to (before, after); `row` is 0 for people absent from the file."""

    kind: Kind
    row: int
    name: str
    email: str
    person: Person | None = None
    employee_id: int | None = None
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    reason: str = ""

    @property
    def moved(self) -> bool:
        return "country" in self.changes or "subdivision" in self.changes


@dataclass(frozen=True)
class Plan:
    """What an import would do. `rows` are the file's data rows; `gone` are rows of people who had left already."""

    lines: Sequence[Line]
    rows: int
    untouched: int
    gone: int
    active_before: int

    def of(self, kind: Kind) -> list[Line]:
        return [line for line in self.lines if line.kind is kind]

    def counts(self) -> dict[str, int]:
        counts = {f"{kind.value}s" if kind in _COUNTED else kind.value: len(self.of(kind)) for kind in Kind}
        return {
            "rows": self.rows,
            **counts,
            "region_moves": sum(line.moved for line in self.lines),
            "untouched": self.untouched,
            "already_left": self.gone,
        }

    @property
    def many_leavers(self) -> bool:
        """More than a tenth of the staff would leave: probably a partial file."""
        return len(self.of(Kind.LEAVER)) * 10 > self.active_before > 0


_COUNTED = {Kind.JOINER, Kind.CHANGE, Kind.LEAVER}


def field_changes(before: Person, after: Person) -> dict[str, tuple[str, str]]:
    old, new = asdict(before), asdict(after)
    return {name: (old[name], new[name]) for name in new if old[name] != new[name]}


class _Roster:
    """Finds people by external id first, by e-mail second. `taken` are those whose number stands in the file."""

    def __init__(self, known: Iterable[Known], numbers: Iterable[str]) -> None:
        self.people = list(known)
        self.by_id = {k.person.external_id: k for k in self.people if k.person.external_id}
        # Where a leaver's address went to somebody new, the active person has it.
        self.by_email = {k.person.email: k for k in sorted(self.people, key=lambda k: k.active)}
        self.taken = {self.by_id[number].id for number in numbers if number in self.by_id}

    def find(self, external_id: str, email: str) -> Known | None:
        if external_id and external_id in self.by_id:
            return self.by_id[external_id]
        found = self.by_email.get(email) if email else None
        if found is None or found.id in self.taken or (external_id and found.person.external_id):
            return None  # the address is somebody's whose number stands elsewhere: another person
        return found


def _repeat(person: Person, seen: Mapping[str, int]) -> str:
    if number := seen.get(f"id:{person.external_id}") if person.external_id else None:
        return f"Row {number} has the same number {person.external_id}; the first row counts."
    if number := seen.get(f"email:{person.email}"):
        return f"Row {number} has the same address {person.email}; the first row counts."
    return ""


def _planned(person: Person, number: int, match: Known | None) -> Line | None:
    base = Line(Kind.JOINER, number, person.name, person.email, person)
    if match is None:
        return base
    if not match.active:
        return replace(base, employee_id=match.id, reason="Was on the roster before.")
    changes = field_changes(match.person, person)
    return replace(base, kind=Kind.CHANGE, employee_id=match.id, changes=changes) if changes else None


def plan(read: Iterable[tuple[int, Person | Refused | Gone]], known: Iterable[Known]) -> Plan:
    """The difference between a full file and the roster.

    Duplicates within the file: the first row of a number or an address counts, later ones are rejected. A person
    whose row is rejected or under review stays as they are: an unreadable row is no resignation.
    """
    rows = list(read)
    roster = _Roster(known, (row.external_id for _, row in rows if isinstance(row, Person) and row.external_id))
    lines: list[Line] = []
    matched: set[int] = set()
    kept: set[int] = set()
    seen: dict[str, int] = {}
    for number, row in rows:
        if isinstance(row, Gone):
            continue
        identity = row.identity if isinstance(row, Refused) else (row.external_id, row.email)
        match = roster.find(*identity)
        if isinstance(row, Refused) or (reason := _repeat(row, seen)):
            lines.append(
                _refusal(row)
                if isinstance(row, Refused)
                else Line(Kind.REJECTED, number, row.name, row.email, reason=reason)
            )
            kept |= {match.id} if match else set()
            continue
        seen |= {f"email:{row.email}": number} | ({f"id:{row.external_id}": number} if row.external_id else {})
        matched |= {match.id} if match else set()
        if line := _planned(row, number, match):
            lines.append(line)
    present = matched | kept
    active = [k for k in roster.people if k.active]
    lines = _without_clashes(lines, [k for k in active if k.id in kept - matched])
    lines += [
        Line(Kind.LEAVER, 0, k.person.name, k.person.email, employee_id=k.id) for k in active if k.id not in present
    ]
    gone = sum(isinstance(row, Gone) for _, row in rows)
    return Plan(lines, len(rows), len(rows) - gone - sum(line.row > 0 for line in lines), gone, len(active))


def _without_clashes(lines: list[Line], kept: Sequence[Known]) -> list[Line]:
    """Rejects rows that want the address or number of somebody who stays as they are."""
    holders = {f"email:{k.person.email}": k for k in kept}
    holders |= {f"id:{k.person.external_id}": k for k in kept if k.person.external_id}

    def checked(line: Line) -> Line:
        wanted = (f"email:{line.person.email}", f"id:{line.person.external_id}") if line.person else ()
        holder = next((holders[key] for key in wanted if key in holders), None)
        if holder is None or holder.id == line.employee_id:
            return line
        reason = (
            f"{holder.person.name} has this address or number, and their own row cannot be used: mend that one first."
        )
        return Line(Kind.REJECTED, line.row, line.name, line.email, reason=reason)

    return [checked(line) for line in lines]


def _refusal(row: Refused) -> Line:
    kind = Kind.REVIEW if row.review else Kind.REJECTED
    shown = {fold(header): " ".join(cell.split())[:120] for header, cell in row.cells.items()}
    name = next((shown[key] for key in ("full name", "name", "employee name") if shown.get(key)), "")
    return Line(kind, row.number, name, row.identity[1], reason=row.reason)
