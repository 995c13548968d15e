import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from compliance.campaigns.services.intake import take_report


class Command(BaseCommand):
    """For a mail server's pipe: `offswitch: "|/path/to/.venv/bin/python /path/to/manage.py take_bounce"`."""

    help = "Takes one bounce from standard input, as a mail server's alias pipes it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(take_report(sys.stdin.buffer.read(), now=timezone.now()))
