from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from organisations.queries import organisation_by_slug
from organisations.services import take_checkpoint, write_bundle


class Command(BaseCommand):
    help = "Writes an organisation's evidence bundle: a ZIP that verify_evidence.py checks without this installation."

    def add_arguments(self, parser: CommandParser | ArgumentParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", required=True)
        parser.add_argument("--out", metavar="FILE", type=Path, required=True)

    def handle(self, *args: Any, organisation: str, out: Path, **options: Any) -> None:
        found = organisation_by_slug(organisation)
        if found is None:
            raise CommandError(f"There is no organisation {organisation!r}.")
        made = take_checkpoint(organisation=found, now=timezone.now())
        if made is None:
            raise CommandError("The log is broken; `manage.py verify` says where. Nothing was written.")
        try:
            with out.open("wb") as file:
                write_bundle(organisation=found, checkpoint=made, out=file)
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{out}: entries 1 to {made.seq:,}, checkpoint {made.short}. To check it:")
        self.stdout.write(f"python3 organisations/offline/verify_evidence.py {out}")
