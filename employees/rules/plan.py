"""The difference between a file and the roster: who joins, changes, leaves, and which rows a person must look at."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from employees.rules.dates import UNREAD
from employees.rules.leavers import many
from employees.rules.people import Gone, Person, Read, Refused, number_key


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
        return many(len(self.lines[Kind.LEAVER]), self.active_before)


_ANOTHER = "Name and address both differ: is this number somebody else’s now?"
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
                self.by_id[number_key(person.external_id)] = person
            if person.active:
                self.active.append(person)
            # Where a leaver's address went to somebody new, the active person has it.
            if person.active or person.email not in self.by_email:
                self.by_email[person.email] = person
        self.lost_zeros = self._lost_zeros(numbers)

    def find(self, external_id: str, email: str, name: str) -> Known | None:
        """Whom a row is about. An address under another number is somebody else's, unless the old number is gone from
        the file and the name is the same: then people were renumbered."""
        if external_id and (same := self.by_id.get(self.key(external_id, email))):
            return same
        found = self.by_email.get(email) if email else None
        if found is None or not found.external_id:
            return found
        if number_key(found.external_id) in self.numbers:
            return None
        return found if not external_id or found.person.name.casefold() == name.casefold() else None

    def key(self, external_id: str, email: str) -> str:
        """A number as people are found by it. One that lost its zeros is still the same at the same address."""
        key = number_key(external_id)
        full = self.lost_zeros.get(key) if self.lost_zeros else None
        return full if full and (not email or self.by_id[full].email == email) else key

    def _lost_zeros(self, numbers: AbstractSet[str]) -> dict[str, str]:
        """Numbers that lost their leading zeros in a spreadsheet → those of the roster, where only one fits."""
        unknown = numbers - self.by_id.keys()
        bare: dict[str, str] = {}
        if not unknown or any(number.startswith("0") for number in numbers):
            return bare
        for number in self.by_id:
            key = number.lstrip("0")
            bare[key] = "" if key in bare else number
        return {number: bare[number] for number in unknown if bare.get(number) and bare[number] not in numbers}


@dataclass
class _Draft:
    """A plan in the making."""

    roster: _Roster
    not_given: Sequence[str] = ()
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
        match = self.roster.find(row.external_id, row.email, row.name)
        key = self.roster.key(row.external_id, row.email)
        if (key and key in self.numbers) or row.email in self.addresses:
            self.refuse(Kind.REJECTED, Line(number, row.name, row.email, reason=self._repeat(row)), match)
            return
        self.addresses[row.email] = number
        if key:
            self.numbers[key] = number
        if match is None:
            new = row._replace(started_on="") if row.started_on == UNREAD else row
            self.lines[Kind.JOINER].append(Line(number, row.name, row.email, 0, new))
            return
        self.matched.add(match.id)
        if match.active and as_text(row) == match.text:
            return
        after = self._with_what_the_file_leaves_out(row, match.person)
        line = Line(number, row.name, row.email, match.id, after, match.person)
        if not match.active:
            self.lines[Kind.JOINER].append(line._replace(reason="Was on the roster before."))
        elif after != match.person:
            another = {"name", "email"} <= line.changes.keys()
            self.lines[Kind.CHANGE].append(line._replace(reason=_ANOTHER) if another else line)

    def _with_what_the_file_leaves_out(self, row: Person, before: Person) -> Person:
        """A column that the file does not have, or a date that cannot be read, takes nothing from the roster."""
        kept = {name: getattr(before, name) for name in self.not_given}
        if row.started_on == UNREAD:
            kept["started_on"] = before.started_on
        if self.roster.lost_zeros and self.roster.key(row.external_id, row.email) == number_key(before.external_id):
            kept["external_id"] = before.external_id
        if not row.subdivision and row.country == before.country and "subdivision" in self.not_given:
            kept["subdivision"] = before.subdivision
        else:
            kept.pop("subdivision", None)
        return row._replace(**kept)

    def _repeat(self, row: Person) -> str:
        if row.external_id and (number := self.numbers.get(self.roster.key(row.external_id, row.email))):
            return f"Row {number} has the same number {row.external_id}; the first row counts."
        return f"Row {self.addresses[row.email]} has the same address {row.email}; the first row counts."


def plan(
    read: Iterable[tuple[int, Read]],
    numbers: AbstractSet[str],
    known: Iterable[Known],
    *,
    whole: bool = True,
    not_given: Sequence[str] = (),
) -> Plan:
    """The difference between a file and the roster; with `whole`, people who are not in the file leave; otherwise only
    those whom the file says have left.

    `numbers` are all external ids of the file, casefolded. Duplicates within the file: the first row of a number or
    an address counts, later ones are rejected. `not_given` are fields of which the file says nothing.
    """
    roster, count = _Roster(known, numbers), 0
    draft = _Draft(roster, not_given)
    nameless: set[str] = set()  # names on refused rows that say nothing else of whom they are about
    for number, row in read:
        count += 1
        if isinstance(row, Person):
            draft.person(number, row)
        elif isinstance(row, Gone):
            match = roster.find(*row.identity, "")
            draft.gone += 1
            draft.gone_ids |= {match.id} if match else set()
        else:
            match = roster.find(*row.identity, row.name)
            draft.refuse(Kind.REVIEW if row.review else Kind.REJECTED, _refusal(row), match)
            draft.kept |= {k.id for address in row.others if (k := roster.by_email.get(address))}
            nameless |= {row.name.casefold()} if match is None and row.name else set()
    if nameless:
        draft.kept |= {k.id for k in roster.active if k.person.name.casefold() in nameless}
    absent = [k for k in roster.active if k.id not in draft.matched and k.id not in draft.kept]
    leavers = absent if whole else [k for k in absent if k.id in draft.gone_ids]
    leaving = {k.id for k in leavers}
    stay = [k for k in roster.active if k.id not in draft.matched and k.id not in leaving]
    lines = draft.lines
    _without_clashes(lines, stay, roster.active)
    lines[Kind.LEAVER] = [Line(0, k.person.name, k.email, k.id, None, k.person) for k in leavers]
    used = sum(len(lines[kind]) for kind in Kind if kind is not Kind.LEAVER)
    return Plan(lines, count, count - draft.gone - used, draft.gone, len(roster.active))


def _without_clashes(lines: dict[Kind, list[Line]], stay: Sequence[Known], active: Sequence[Known]) -> None:
    """Rejects rows that want the address or number of somebody who stays as they are; whoever is rejected for that
    stays as they are, too, until nobody else has to."""
    by_person = {k.id: k for k in active} if stay else {}
    by_email = {k.email: k for k in stay}
    by_id = {number_key(k.external_id): k for k in stay if k.external_id}
    again = bool(stay)
    while again:
        again = False
        for kind in (Kind.JOINER, Kind.CHANGE):
            fine: list[Line] = []
            for line in lines[kind]:
                holder = _holder(line, by_email, by_id)
                if holder is None:
                    fine.append(line)
                    continue
                reason = f"{holder.person.name} has this address or number, and this file does not change that."
                lines[Kind.REJECTED].append(Line(line.row, line.name, line.email, reason=reason))
                if kept := by_person.get(line.employee_id):
                    by_email[kept.email] = kept
                    by_id |= {number_key(kept.external_id): kept} if kept.external_id else {}
                    again = True
            lines[kind] = fine
    lines[Kind.REJECTED].sort(key=lambda line: line.row)


def _holder(line: Line, by_email: Mapping[str, Known], by_id: Mapping[str, Known]) -> Known | None:
    if line.after is None:
        return None
    holder = by_email.get(line.after.email) or by_id.get(number_key(line.after.external_id))
    return None if holder is None or holder.id == line.employee_id else holder


def _refusal(row: Refused) -> Line:
    return Line(row.number, row.name, row.identity[1], reason=row.reason, place=row.place)
