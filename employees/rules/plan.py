"""The difference between a file and the roster: who joins, changes, leaves, and which rows a person must look at."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from employees.rules.people import Gone, Person, Read, Refused


class Kind(StrEnum):
    JOINER = "joiner"
    CHANGE = "change"
    LEAVER = "leaver"
    REVIEW = "review"
    REJECTED = "rejected"


# Everything the roster knows of a person in one string: a hundred thousand compare in a moment and take little memory.
# No cleaned cell holds the separator, since it counts as white space.
SEPARATOR = "\x1f"


class Known(NamedTuple):
    """Somebody on the roster already. `active` is False for people who left; `text` is `as_text` of their fields."""

    id: int
    active: bool
    external_id: str
    email: str
    text: str

    @property
    def person(self) -> Person:
        return Person(*self.text.split(SEPARATOR))


def as_text(person: Person) -> str:
    return SEPARATOR.join(person)


class Line(NamedTuple):
    """One line of a plan. `row` is 0 for people absent from the file, `employee_id` 0 for people new to the roster.

    A change has `before` and `after`; so has somebody who comes back, a joiner with an `employee_id`.
    """

    row: int
    name: str
    email: str
    employee_id: int = 0
    after: Person | None = None
    before: Person | None = None
    reason: str = ""
    place: str = ""  # the unclear region of a line for review

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """field -> (before, after)."""
        if self.before is None or self.after is None:
            return {}
        pairs = zip(Person._fields, self.before, self.after, strict=True)
        return {name: (old, new) for name, old, new in pairs if old != new}

    @property
    def moved(self) -> bool:
        return (
            self.before is not None
            and self.after is not None
            and (self.before.country, self.before.subdivision) != (self.after.country, self.after.subdivision)
        )


@dataclass(frozen=True)
class Plan:
    """What an import would do. `rows` are the file's data rows; `gone` are rows of people who had left already."""

    lines: Mapping[Kind, Sequence[Line]]
    rows: int
    untouched: int
    gone: int
    active_before: int

    def counts(self) -> dict[str, int]:
        return {
            "rows": self.rows,
            **{_COUNTED.get(kind, kind.value): len(self.lines[kind]) for kind in Kind},
            "region_moves": sum(line.moved for line in self.lines[Kind.CHANGE]),
            "untouched": self.untouched,
            "already_left": self.gone,
        }

    @property
    def many_leavers(self) -> bool:
        """More than a tenth of the staff would leave: probably a partial file."""
        return len(self.lines[Kind.LEAVER]) * 10 > self.active_before > 0

    @property
    def changes_nothing(self) -> bool:
        return not any(self.lines[kind] for kind in (Kind.JOINER, Kind.CHANGE, Kind.LEAVER))


_COUNTED = {Kind.JOINER: "joiners", Kind.CHANGE: "changes", Kind.LEAVER: "leavers"}


class _Roster:
    """Finds people by external id first, by e-mail second, both without regard to case.

    `numbers` are all that stand in the file, casefolded.
    """

    def __init__(self, known: Iterable[Known], numbers: AbstractSet[str]) -> None:
        self.active: list[Known] = []
        self.by_id: dict[str, Known] = {}
        self.by_email: dict[str, Known] = {}
        self.numbers = numbers
        for person in known:
            if person.external_id:
                self.by_id[person.external_id.casefold()] = person
            if person.active:
                self.active.append(person)
            # Where a leaver's address went to somebody new, the active person has it.
            if person.active or person.email not in self.by_email:
                self.by_email[person.email] = person
        self.lost_zeros = self._lost_zeros(numbers)

    def find(self, external_id: str, email: str) -> Known | None:
        if external_id and (same := self.by_id.get(self.key(external_id))):
            return same
        found = self.by_email.get(email) if email else None
        if found is None or (found.external_id and (external_id or found.external_id.casefold() in self.numbers)):
            return None  # the address is somebody's whose number stands elsewhere: another person
        return found

    def key(self, external_id: str) -> str:
        """A number as people are found by it."""
        key = external_id.casefold()
        return self.lost_zeros.get(key, key) if self.lost_zeros else key

    def _lost_zeros(self, numbers: AbstractSet[str]) -> dict[str, str]:
        """Numbers that lost their leading zeros in a spreadsheet → those of the roster, where only one fits."""
        unknown = numbers - self.by_id.keys()
        bare: dict[str, str] = {}
        if not unknown:
            return bare
        for number in self.by_id:
            key = number.lstrip("0")
            bare[key] = "" if key in bare else number
        lost = {number: bare[number] for number in unknown if bare.get(number) and bare[number] not in numbers}
        self.numbers = numbers | set(lost.values()) if lost else numbers
        return lost


@dataclass
class _Draft:
    """A plan in the making."""

    roster: _Roster
    lines: dict[Kind, list[Line]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    matched: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)  # what the file's rows have used so far
    addresses: dict[str, int] = field(default_factory=dict)
    gone: int = 0
    gone_ids: set[int] = field(default_factory=set)

    def refuse(self, kind: Kind, line: Line, match: Known | None) -> None:
        """A person whose row cannot be used stays as they are: an unreadable row is no resignation."""
        self.lines[kind].append(line)
        if match is not None:
            self.kept.add(match.id)

    def person(self, number: int, row: Person) -> None:
        match = self.roster.find(row.external_id, row.email)
        key = self.roster.key(row.external_id)
        if self.roster.lost_zeros and match and key == match.external_id.casefold():
            row = row._replace(external_id=match.external_id)
        if (key and key in self.numbers) or row.email in self.addresses:
            self.refuse(Kind.REJECTED, Line(number, row.name, row.email, reason=self._repeat(row)), match)
            return
        self.addresses[row.email] = number
        if key:
            self.numbers[key] = number
        if match is None:
            self.lines[Kind.JOINER].append(Line(number, row.name, row.email, 0, row))
            return
        self.matched.add(match.id)
        if not match.active:
            line = Line(number, row.name, row.email, match.id, row, match.person, "Was on the roster before.")
            self.lines[Kind.JOINER].append(line)
        elif as_text(row) != match.text:
            self.lines[Kind.CHANGE].append(Line(number, row.name, row.email, match.id, row, match.person))

    def _repeat(self, row: Person) -> str:
        if row.external_id and (number := self.numbers.get(self.roster.key(row.external_id))):
            return f"Row {number} has the same number {row.external_id}; the first row counts."
        return f"Row {self.addresses[row.email]} has the same address {row.email}; the first row counts."


def plan(
    read: Iterable[tuple[int, Read]], numbers: AbstractSet[str], known: Iterable[Known], *, whole: bool = True
) -> Plan:
    """The difference between a file and the roster; with `whole`, people who are not in the file leave; otherwise only
    those whom the file says have left.

    `numbers` are all external ids of the file, casefolded. Duplicates within the file: the first row of a number or
    an address counts, later ones are rejected.
    """
    roster, count = _Roster(known, numbers), 0
    draft = _Draft(roster)
    for number, row in read:
        count += 1
        if isinstance(row, Person):
            draft.person(number, row)
        elif isinstance(row, Gone):
            match = roster.find(*row.identity)
            draft.gone += 1
            draft.gone_ids |= {match.id} if match else set()
        else:
            draft.refuse(Kind.REVIEW if row.review else Kind.REJECTED, _refusal(row), roster.find(*row.identity))
    absent = [k for k in roster.active if k.id not in draft.matched and k.id not in draft.kept]
    leavers = absent if whole else [k for k in absent if k.id in draft.gone_ids]
    leaving = {k.id for k in leavers}
    stay = [k for k in roster.active if k.id not in draft.matched and k.id not in leaving]
    lines = _without_clashes(draft.lines, stay)
    lines[Kind.LEAVER] = [Line(0, k.person.name, k.email, k.id, None, k.person) for k in leavers]
    used = sum(len(lines[kind]) for kind in Kind if kind is not Kind.LEAVER)
    return Plan(lines, count, count - draft.gone - used, draft.gone, len(roster.active))


def _without_clashes(lines: dict[Kind, list[Line]], stay: Sequence[Known]) -> dict[Kind, list[Line]]:
    """Rejects rows that want the address or number of somebody who stays as they are."""
    if not stay:
        return lines
    by_email = {k.email: k for k in stay}
    by_id = {k.external_id: k for k in stay if k.external_id}
    checked = dict(lines)
    for kind in (Kind.JOINER, Kind.CHANGE):
        checked[kind] = []
        for line in lines[kind]:
            holder = _holder(line, by_email, by_id)
            if holder is None:
                checked[kind].append(line)
                continue
            reason = f"{holder.person.name} has this address or number, and this file does not change that."
            checked[Kind.REJECTED].append(Line(line.row, line.name, line.email, reason=reason))
    checked[Kind.REJECTED].sort(key=lambda line: line.row)
    return checked


def _holder(line: Line, by_email: Mapping[str, Known], by_id: Mapping[str, Known]) -> Known | None:
    if line.after is None:
        return None
    holder = by_email.get(line.after.email) or by_id.get(line.after.external_id)
    return None if holder is None or holder.id == line.employee_id else holder


def _refusal(row: Refused) -> Line:
    return Line(row.number, row.name, row.identity[1], reason=row.reason, place=row.place)
