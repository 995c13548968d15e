from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from organisations.models import Organisation
from organisations.queries import organisation_by_slug
from organisations.queries.evidence import checkpoints, full_audit
from organisations.rules.checkpoints import Signed


class Command(BaseCommand):
    help = "Checks evidence logs from end to end, with their checkpoints. Exit status 1 when anything is wrong."

    def add_arguments(self, parser: CommandParser | ArgumentParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="one organisation; all when left out")
        parser.add_argument(
            "--checkpoint", metavar="FILE", type=Path, action="append", default=[], help="kept outside; may be repeated"
        )

    def handle(self, *args: Any, organisation: str | None, checkpoint: list[Path], **options: Any) -> None:
        outside, logs = [_read(path) for path in checkpoint], _logs(organisation)
        slugs = {log.slug for log in logs}
        for item in outside:
            if item.checkpoint.organisation not in slugs:
                about = item.checkpoint.organisation
                raise CommandError(f"A checkpoint is about {about!r}, and no such log is checked.", returncode=2)
        mine = {slug: [item for item in outside if item.checkpoint.organisation == slug] for slug in slugs}
        wrong = sum(self._one(log, mine[log.slug]) for log in logs)
        if wrong:
            raise CommandError(f"{wrong} things are wrong.")

    def _one(self, log: Organisation, outside: list[Signed]) -> int:
        found = full_audit(log, outside)
        state = "WRONG" if found.problems else "whole"
        taken = checkpoints(log).count()
        self.stdout.write(f"{log.slug}: {state}, {found.entries:,} entries, {taken:,} checkpoints, {found.hash[:12]}")
        for line in (*found.problems, *found.notes):
            self.stdout.write(f"  {line}")
        if not found.problems:
            for item in outside:
                self.stdout.write(f"  The outside checkpoint at entry {item.checkpoint.seq:,} fits.")
        return len(found.problems)


def _read(path: Path) -> Signed:
    try:
        return Signed.read(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}", returncode=2) from error


def _logs(slug: str | None) -> list[Organisation]:
    if slug is None:
        return list(Organisation.objects.order_by("slug"))
    found = organisation_by_slug(slug)
    if found is None:
        raise CommandError(f"There is no organisation {slug!r}.", returncode=2)
    return [found]
