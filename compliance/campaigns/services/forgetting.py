"""What campaigns keep about people beside their rows: lists of whom to write to, mails as files."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings

from compliance.campaigns.gateways.outbox import read_outbox
from compliance.campaigns.models import Campaign, Message, SavedAudience, Suppression
from organisations.here import unscoped
from organisations.models import Organisation

ERASED = "(erased)"  # in a list of people: an empty list would mean everybody


def forget_in_audiences(*, organisation: Organisation, known_as: set[str]) -> int:
    """Puts ERASED for an address or number in every list of people or managers; returns in how many."""
    changed = 0
    for model in (Campaign, SavedAudience):
        rows: Any = model._default_manager.filter(organisation=organisation).exclude(audience={})
        for row in rows.order_by("pk"):
            lists = {name: row.audience[name] for name in ("people", "managers") if name in row.audience}
            without = {name: [ERASED if str(x).lower() in known_as else x for x in old] for name, old in lists.items()}
            if without != lists:
                model._default_manager.filter(pk=row.pk).update(audience=row.audience | without)
                changed += 1
    return changed


def forget_suppression(*, organisation: Organisation, emails: Iterable[str]) -> int:
    """An address that comes back with a later import gets mail again."""
    return Suppression.objects.filter(organisation=organisation, email__in=emails).delete()[0]


def audiences_with(*, organisation: Organisation, known_as: set[str]) -> list[str]:
    """Names of the campaigns and saved audiences that list somebody."""
    found = []
    for model in (Campaign, SavedAudience):
        rows: Any = model._default_manager.filter(organisation=organisation).exclude(audience={})
        for row in rows.order_by("pk"):
            listed = [str(item).lower() for name in ("people", "managers") for item in row.audience.get(name, [])]
            if known_as & set(listed):
                found.append(str(row.name))
    return found


def forget_files(*, public_ids: Iterable[UUID], name: str) -> None:
    """Deletes mails from the local outbox: these, and test mails that greet somebody of this name."""
    for public_id in public_ids:
        (settings.OUTBOX_DIR / f"{public_id}.eml").unlink(missing_ok=True)
    for path in settings.OUTBOX_DIR.glob("*.eml"):
        with unscoped("the outbox is one folder for everybody's mails"):
            known = Message.objects.filter(public_id=path.stem).exists()
        if not known:
            mail = read_outbox(path.stem)
            if mail and name in mail.text:
                path.unlink(missing_ok=True)
