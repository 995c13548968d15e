from typing import Any

from django.core.management.base import BaseCommand

from employees.gateways import INDEX_FILE, INPUT_FILE, write_territories


class Command(BaseCommand):
    help = "Builds the index of country names in every language (some seconds); does nothing when it is fresh."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if INDEX_FILE.exists() and INDEX_FILE.stat().st_mtime >= INPUT_FILE.stat().st_mtime:
            return
        self.stdout.write("Building the index of country names …")
        write_territories()
