"""What somebody can download about an import: its plan, the rows to mend, an empty template."""

from collections.abc import Iterator

from employees.gateways.workbooks import Sheet, csv_file, workbook
from employees.lines import lines_of, rows_of
from employees.models import RosterImport
from employees.names import region_name
from employees.rules.people import Person
from employees.rules.plan import Kind, Line

_LABELS = {
    "name": "Name",
    "email": "Work e-mail",
    "country": "Country",
    "subdivision": "State",
    "external_id": "Personnel number",
    "department": "Department",
    "manager_email": "Manager’s e-mail",
    "language": "Language",
    "started_on": "Start date",
    "attributes": "Other columns",
}
TEMPLATE = (
    ("Personnel number", "Optional, but recommended: it recognises a person whose address changes.", "10042"),
    ("Full name", "Needed. Or two columns, First name and Last name.", "Eva Müller"),
    ("Work e-mail", "Needed. One plain address a row, never a private one.", "eva.mueller@company.example"),
    ("Country", "Needed. A name in any language, or a code such as DE: where the person works.", "Germany"),
    ("State", "For people in the United States: the state, since some states have laws of their own.", ""),
    ("Department", "Optional. Used to choose who is asked, and in figures of groups that are large enough.", "Sales"),
    ("Manager e-mail", "Optional.", "kim.lee@company.example"),
    ("Language", "Optional. For the mail and the page: German, de or de-DE.", "de"),
    ("Start date", "Optional. Year-month-day is never misunderstood: 2025-11-03.", "2024-02-01"),
    ("Employment status", "Optional. Rows such as Terminated are not imported.", "Active"),
)  # fmt: skip


def field_label(name: str) -> str:
    """A field of a person in words."""
    return _LABELS.get(name, name)


def template() -> bytes:
    """An empty roster with help on each header, and a sheet that says the same in full."""
    headers = [header for header, _, _ in TEMPLATE]
    notes = [note for _, note, _ in TEMPLATE]
    guide = [(header, note, example) for header, note, example in TEMPLATE]
    return workbook(
        [
            Sheet("Staff", headers, [], notes),
            Sheet("How to fill it in", ["Column", "What it is for", "For example"], guide, widths=(22, 80, 32)),
        ]
    )


def plan_workbook(roster_import: RosterImport) -> bytes:
    """The whole plan, a sheet for each kind of line."""
    counts = roster_import.counts
    summary = [(name.replace("_", " ").capitalize(), counts[name]) for name in counts]
    person = [_LABELS[name] for name in Person._fields]
    fault = ["Row", "Name", "Work e-mail", "Region as written", "Why"]
    leave = ["Name", "Work e-mail", "Country", "Department"]
    return workbook(
        [
            Sheet("Summary", ["What", "Rows"], [("File", roster_import.filename), *summary], widths=(30, 40)),
            Sheet("Join", ["Row", *person], _joiners(roster_import)),
            Sheet("Change", ["Row", "Name", "Work e-mail", "Field", "Before", "After"], _changes(roster_import)),
            Sheet("Leave", leave, _leavers(roster_import)),
            Sheet("Review", fault, _faults(roster_import, Kind.REVIEW)),
            Sheet("Rejected", fault, _faults(roster_import, Kind.REJECTED)),
        ]
    )  # fmt: skip


def _joiners(roster_import: RosterImport) -> Iterator[tuple[str | int, ...]]:
    for line in lines_of(roster_import, Kind.JOINER):
        if line.after:
            yield (line.row, *line.after)


def _changes(roster_import: RosterImport) -> Iterator[tuple[str | int, ...]]:
    for line in lines_of(roster_import, Kind.CHANGE):
        for name, (before, after) in line.changes.items():
            yield (line.row, line.name, line.email, _LABELS[name], before, after)


def _leavers(roster_import: RosterImport) -> Iterator[tuple[str | int, ...]]:
    for line in lines_of(roster_import, Kind.LEAVER):
        if line.before:
            yield (
                line.name,
                line.email,
                region_name(line.before.country, line.before.subdivision),
                line.before.department,
            )


def _faults(roster_import: RosterImport, kind: Kind) -> Iterator[tuple[str | int, ...]]:
    for line in lines_of(roster_import, kind):
        yield (line.row, line.name, line.email, line.place, line.reason)


def rows_to_mend(roster_import: RosterImport, kind: str) -> bytes:
    """The rows that were not imported, in the file's own columns, with the reason in a last one: `csv` or `xlsx`."""
    headers = [*roster_import.detected["headers"], "Reason"]
    rows = _with_reason(roster_import, len(headers) - 1)
    if kind == "xlsx":
        return workbook([Sheet("To mend", headers, rows)])
    return csv_file(headers, rows, roster_import.detected.get("delimiter", ","))


def _with_reason(roster_import: RosterImport, width: int) -> Iterator[list[str]]:
    found: list[tuple[Line, list[str]]] = []
    for kind in (Kind.REVIEW, Kind.REJECTED):
        found += rows_of(roster_import, kind)
    for line, cells in sorted(found, key=lambda item: item[0].row):
        yield [*cells[:width], *[""] * (width - len(cells)), line.reason]
