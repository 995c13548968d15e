"""Every read of the roster; organisation first."""

from employees.queries.people import Part, found_people, keys_of, part
from employees.queries.roster import (
    active_employees,
    aliases_of,
    column_choices,
    countries,
    employee,
    imports_to_look_at,
    known_people,
    last_committed_import,
    region_aliases,
    region_moves,
    roster_import,
    roster_imports,
    upload_size,
    waiting_imports,
)

__all__ = [
    "Part",
    "active_employees",
    "aliases_of",
    "column_choices",
    "countries",
    "employee",
    "found_people",
    "imports_to_look_at",
    "keys_of",
    "known_people",
    "last_committed_import",
    "part",
    "region_aliases",
    "region_moves",
    "roster_import",
    "roster_imports",
    "upload_size",
    "waiting_imports",
]
