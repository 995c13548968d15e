import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.text import slugify

from organisations.queries import organisation_by_slug
from organisations.rules import Role
from organisations.services import add_member, create_organisation


class Command(BaseCommand):
    help = "Makes an organisation and its owner; prints a password once, never a default one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--owner", required=True, help="e-mail address of the first owner")
        parser.add_argument("--slug", default="", help="short name in addresses; made from the name when left out")
        parser.add_argument("--contact", default="", help="where staff write with questions; the owner when left out")

    def handle(self, *args: Any, name: str, owner: str, slug: str, contact: str, **options: Any) -> None:
        slug = slug or slugify(name)
        if not slug:
            raise CommandError(f"No short name can be made from {name!r}: give --slug.")
        if organisation_by_slug(slug):
            raise CommandError(f"There is an organisation {slug!r} already: give another --slug.")
        now, password = timezone.now(), secrets.token_urlsafe(12)
        organisation = create_organisation(slug=slug, name=name, contact_email=contact or owner, now=now)
        user = add_member(organisation=organisation, email=owner, role=Role.OWNER, now=now, password=password).user
        self.stdout.write(f"Organisation {name} ({slug}) is ready.")
        if user.check_password(password):
            self.stdout.write(f"Sign in as {user.email} with the password {password} and change it there.")
        else:
            self.stdout.write(f"{user.email} had an account already and keeps its password.")
