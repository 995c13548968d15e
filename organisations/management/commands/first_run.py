from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse
from django.utils import timezone

from organisations.services import new_setup_code


class Command(BaseCommand):
    help = "Prints a one-time code for making the first owner in a browser; nothing once there is a user."

    def handle(self, *args: Any, **options: Any) -> None:
        code = new_setup_code(now=timezone.now())
        if code:
            self.stdout.write("Nobody can sign in here yet. Make the first owner in a browser:")
            self.stdout.write(f"  {settings.BASE_URL}{reverse('first-owner')}")
            self.stdout.write(f"  setup code: {code}")
            self.stdout.write("It works once, and until the next start.")
