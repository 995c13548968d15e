import sys
from typing import Any

from django.core.management.base import BaseCommand

from config.doctor import diagnose

_MARKS = {"ok": "ok    ", "look": "look  ", "broken": "BROKEN"}


class Command(BaseCommand):
    """Ends with status 1 when something is broken, so that a monitor can run it."""

    help = "Checks settings, database, clock, disk, broker, worker, mail server, bounces and the sender's DNS."
    requires_system_checks: list[str] = []  # it runs them itself, and says what they find

    def handle(self, *args: Any, **options: Any) -> None:
        found = diagnose()
        for grade, about, said, todo in found.findings:
            self.stdout.write(f"{_MARKS[grade]}  {about}: {said}")
            if todo:
                self.stdout.write(f"        → {todo}")
        self.stdout.write("")
        self.stdout.write("Something is broken; the arrows say what to do." if found.broken else "Nothing is broken.")
        if found.broken:
            sys.exit(1)
