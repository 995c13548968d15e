from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance.catalogue.gateways import CatalogueError, read_catalogue
from compliance.catalogue.services import load_catalogue


class Command(BaseCommand):
    help = "Loads the policy catalogue from its YAML files; safe to run at every start."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            new = load_catalogue(files=read_catalogue(), now=timezone.now())
        except CatalogueError as error:
            raise CommandError(str(error)) from error
        if options["verbosity"]:
            self.stdout.write(f"Catalogue loaded: {new} new version{'' if new == 1 else 's'}.")
