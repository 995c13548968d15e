import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from employees.gateways import UnreadableRoster, roster_file
from employees.lines import lines_of
from employees.models import RosterImport
from employees.rules.plan import Kind, Line
from employees.services import ImportRefused, commit_import, discard_import, plan_file
from organisations.queries import organisation_by_slug

_SHOWN = {
    "joiners": "join",
    "changes": "change",
    "leavers": "leave",
    "review": "need review",
    "rejected": "rejected",
}


class Command(BaseCommand):
    help = "Imports a staff roster (CSV, XLSX, XLS, XLSB, ODS, JSON): plans it, then changes the roster all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", required=True, help="the organisation's short name")
        parser.add_argument("--dry-run", action="store_true", help="show the plan and change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
        parser.add_argument("--partial", action="store_true", help="the file holds some people only: nobody leaves")
        parser.add_argument("--confirm-leavers", action="store_true", help="the file is complete, even if many leave")
        parser.add_argument("--sheet", default="", help="the sheet of a workbook; found by its header otherwise")
        parser.add_argument("--encoding", default="", help="of a CSV file; detected otherwise")
        parser.add_argument("--delimiter", default="", help="of a CSV file; detected otherwise")
        parser.add_argument("--header-row", type=int, default=0, help="its number; found otherwise")

    def handle(self, *args: Any, file: Path, organisation: str, **options: Any) -> None:
        tenant = organisation_by_slug(organisation)
        if tenant is None:
            raise CommandError(f"There is no organisation {organisation!r}.")
        now, dry_run = timezone.now(), bool(options["dry_run"])
        chosen = {name: options[name] for name in ("sheet", "encoding", "delimiter", "header_row") if options[name]}
        try:
            roster = roster_file(file.name, file.read_bytes())
            with transaction.atomic():
                planned = plan_file(
                    organisation=tenant, file=roster, user=None, now=now, whole=not options["partial"], options=chosen
                )
                said = _as_json(planned, dry_run) if options["json"] else _as_text(planned, dry_run)
                if dry_run:
                    transaction.set_rollback(True)
                elif planned.changes_nothing:
                    discard_import(roster_import=planned, now=now)
                else:
                    commit_import(roster_import=planned, leavers_confirmed=options["confirm_leavers"], now=now)
        except (OSError, UnreadableRoster, ImportRefused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(said)


def _as_json(planned: RosterImport, dry_run: bool) -> str:
    lines = [_line_as_json(kind, line) for kind in Kind if kind is not Kind.JOINER for line in lines_of(planned, kind)]
    content = {"committed": not dry_run, "counts": planned.counts, "detected": _detected(planned), "lines": lines}
    return json.dumps(content, ensure_ascii=False, indent=2)


def _detected(planned: RosterImport) -> dict[str, Any]:
    headers = planned.detected["headers"]
    columns = {column: headers[index] for column, index in planned.mapping.items()}
    return {k: v for k, v in planned.detected.items() if k != "samples"} | {"columns": columns}


def _line_as_json(kind: Kind, line: Line) -> dict[str, Any]:
    found = {"kind": kind.value, "row": line.row, "name": line.name, "email": line.email, "changes": line.changes}
    return {name: value for name, value in (found | {"reason": line.reason}).items() if value}


def _as_text(planned: RosterImport, dry_run: bool) -> str:
    counts = planned.counts
    said = " · ".join(f"{counts[name]} {word}" for name, word in _SHOWN.items())
    if planned.changes_nothing:
        done = "The roster is up to date: nothing was changed."
    else:
        done = "Nothing was changed (dry run)." if dry_run else "Committed."
    return "\n".join([f"{counts['rows']} rows: {said} · {counts['untouched']} unchanged", *_notes(planned), done])


def _notes(planned: RosterImport) -> Iterator[str]:
    for kind in (Kind.REVIEW, Kind.REJECTED):
        for line in lines_of(planned, kind):
            yield f"  row {line.row}: {line.reason}"
