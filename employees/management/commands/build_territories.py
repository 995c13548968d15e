from typing import Any

from django.core.management.base import BaseCommand

from employees.places import is_fresh, write_territories


class Command(BaseCommand):
    help = "Builds the index of country names in every language (some seconds); does nothing when it is fresh."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_fresh():
            self.stdout.write("Building the index of country names …")
            write_territories()
