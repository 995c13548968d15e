import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from compliance.attestations.management.person import add_arguments, find
from compliance.attestations.services.erasing import export_person


class Command(BaseCommand):
    help = "Prints everything held about one person as JSON, for a data subject's request."

    def add_arguments(self, parser: CommandParser | ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, organisation: str, person: str, **options: Any) -> None:
        found, employee = find(organisation, person)
        held = export_person(organisation=found, employee=employee, user=None, now=timezone.now())
        self.stdout.write(json.dumps(held, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False))
