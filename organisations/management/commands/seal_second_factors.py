"""Rotating SIGN_IN_KEYS, the step between adding a key and taking the old one away."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from organisations.services import seal_second_factors_anew


class Command(BaseCommand):
    help = "Seals all second factors with the newest of SIGN_IN_KEYS; then the older keys can be taken away."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            number = seal_second_factors_anew()
        except InvalidToken as error:
            raise CommandError(
                "A second factor was sealed with a key that is not in SIGN_IN_KEYS. Nothing was changed: add that key."
            ) from error
        self.stdout.write(f"{number} second factors are sealed with the newest key. Older keys can be taken away.")
