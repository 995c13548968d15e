"""The first owner is made in a browser, by whoever can read the server's console."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from organisations.models import Organisation, SetupCode, User, token_hash
from organisations.queries import no_organisation_yet, nobody_yet, setup_code
from organisations.rules import Role
from organisations.services.members import MemberRefused, register_address
from organisations.services.tenants import add_member, create_organisation

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that look alike
_GROUPS, _LENGTH = 4, 5  # 20 letters of 32: 100 bits


@transaction.atomic
def new_setup_code(*, now: datetime) -> str | None:
    """A code in place of any before it; None when somebody can sign in already."""
    if not nobody_yet():
        return None
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(_GROUPS))
    code = "-".join(groups)
    SetupCode.objects.all().delete()
    SetupCode.objects.create(code_hash=token_hash(code), created_at=now)
    return code


@transaction.atomic
def make_first_owner(*, code: str, email: str, password: str) -> User:
    """Uses the code up. Raises MemberRefused for a wrong one, and when somebody else was first."""
    known = setup_code()
    given = token_hash(code.strip().upper())
    if known is None or not nobody_yet() or not constant_time_compare(known.code_hash, given):
        raise MemberRefused(_("That is not the code that the server printed when it started last."))
    if not SetupCode.objects.filter(pk=known.pk).delete()[0]:
        raise MemberRefused(_("Somebody else has used the code."))
    user = User.objects.create_user(email, password)
    register_address(user)
    return user


@transaction.atomic
def make_first_organisation(*, user: User, slug: str, name: str, contact_email: str, now: datetime) -> Organisation:
    """The installation's first, owned by whoever made the first account. Raises MemberRefused when there is one."""
    if not no_organisation_yet():
        raise MemberRefused(_("There is an organisation already. Ask its owner to invite you."))
    made = create_organisation(slug=slug, name=name, contact_email=contact_email, now=now)
    add_member(organisation=made, email=user.email, role=Role.OWNER, now=now)
    return made
