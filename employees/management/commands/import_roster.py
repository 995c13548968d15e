import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from employees.gateways import UnreadableRoster, read_roster
from employees.rules.plan import Kind, Line, Plan
from employees.services import ImportRefused, commit_import, make_plan, plan_import
from organisations.queries import organisation_by_slug

_SHOWN = {
    Kind.JOINER: "join",
    Kind.CHANGE: "change",
    Kind.LEAVER: "leave",
    Kind.REVIEW: "need review",
    Kind.REJECTED: "rejected",
}


class Command(BaseCommand):
    help = "Imports a staff roster: shows what would change, then changes it all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", required=True, help="the organisation's short name")
        parser.add_argument("--dry-run", action="store_true", help="show the plan and change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
        parser.add_argument("--confirm-leavers", action="store_true", help="the file is complete, even if many leave")

    def handle(self, *args: Any, file: Path, organisation: str, **options: Any) -> None:
        tenant = organisation_by_slug(organisation)
        if tenant is None:
            raise CommandError(f"There is no organisation {organisation!r}.")
        now = timezone.now()
        try:
            roster = read_roster(file.name, file.read_bytes())
            plan = make_plan(organisation=tenant, file=roster)
            if not options["dry_run"]:
                planned = plan_import(organisation=tenant, file=roster, user=None, now=now)
                commit_import(roster_import=planned, leavers_confirmed=options["confirm_leavers"], now=now)
        except (OSError, UnreadableRoster, ImportRefused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_as_json(plan, options["dry_run"]) if options["json"] else _as_text(plan, options["dry_run"]))


def _as_json(plan: Plan, dry_run: bool) -> str:
    lines = [
        {name: value for name, value in asdict(line).items() if value not in (None, "", {}) and name != "person"}
        for line in plan.lines
        if line.kind is not Kind.JOINER
    ]
    return json.dumps({"committed": not dry_run, "counts": plan.counts(), "lines": lines}, ensure_ascii=False, indent=2)


def _as_text(plan: Plan, dry_run: bool) -> str:
    counts = " · ".join(f"{len(plan.of(kind))} {word}" for kind, word in _SHOWN.items())
    done = "Nothing was changed (dry run)." if dry_run else "Committed."
    return "\n".join([f"{plan.rows} rows: {counts} · {plan.untouched} unchanged", *_notes(plan.lines), done])


def _notes(lines: Sequence[Line]) -> list[str]:
    return [f"  row {line.row}: {line.reason}" for line in lines if line.kind in {Kind.REVIEW, Kind.REJECTED}]
