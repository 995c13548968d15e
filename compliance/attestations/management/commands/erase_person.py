from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.attestations.management.person import add_arguments, find
from compliance.attestations.services.erasing import erase_person
from employees.services import ImportRefused


class Command(BaseCommand):
    help = "Destroys everything held about one person. It cannot be taken back."

    def add_arguments(self, parser: CommandParser | ArgumentParser) -> None:
        add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="without it, nothing is destroyed")

    def handle(self, *args: Any, organisation: str, person: str, yes: bool, **options: Any) -> None:
        found, employee = find(organisation, person)
        if not yes:
            raise CommandError(f"This destroys everything held about person {employee.pk}. Add --yes to do it.")
        try:
            done = erase_person(organisation=found, employee=employee, user=None, now=timezone.now())
        except ImportRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Destroyed: the person, {done.campaigns} invitations, {done.mails} mails, {done.personal_parts} personal "
            f"parts of the evidence log. Their address was the manager's of {done.reports_to} people. "
            f"{done.imports} imports can no longer be undone or mended."
        )
