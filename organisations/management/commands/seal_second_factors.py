"""Rotating SIGN_IN_KEYS, the step between adding a key and taking the old one away."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from organisations.services import seal_certificates_anew, seal_second_factors_anew


class Command(BaseCommand):
    help = "Seals second factors and keys of certificates with the newest of SIGN_IN_KEYS; older ones can then go."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            with transaction.atomic():
                number, certificates = seal_second_factors_anew(), seal_certificates_anew()
        except InvalidToken as error:
            raise CommandError(
                "A second factor or certificate was sealed with a key that is not in SIGN_IN_KEYS."
                " Nothing was changed: add that key."
            ) from error
        if certificates:
            self.stdout.write(f"{certificates} keys of certificates are sealed with the newest key.")
        self.stdout.write(f"{number} second factors are sealed with the newest key. Older keys can be taken away.")
