"""The outside world of the roster: files, e-mail syntax, workbooks."""

from employees.gateways.emails import check_email
from employees.gateways.files import RosterFile, Stream, UnreadableRoster, check_size, read_roster, roster_file
from employees.gateways.sealing import open_sealed, seal

__all__ = [
    "RosterFile",
    "Stream",
    "UnreadableRoster",
    "check_email",
    "check_size",
    "open_sealed",
    "read_roster",
    "roster_file",
    "seal",
]
