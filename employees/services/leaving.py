"""People whom somebody marks as having left, between two files."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from employees.models import Employee, RosterImport
from employees.services.ending import ImportRefused
from employees.services.writing import raise_roster_revision
from employees.signals import roster_changed
from organisations.models import Organisation, User
from organisations.queries import in_batches
from organisations.services import Event, append_evidence


@transaction.atomic
def mark_left(*, organisation: Organisation, ids: Sequence[int], user: User, now: datetime) -> int:
    """Marks these active people as left; returns how many were. Raises ImportRefused while an import is carried out.

    Their links end by what follows every change of the roster. A later file that lists them brings them back.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if RosterImport.objects.filter(organisation=organisation, state=RosterImport.State.COMMITTING).exists():
        raise ImportRefused(_("An import is being carried out. Try again when it has ended."))
    left = sum(_leave(organisation, some, user, now) for some in in_batches(list(ids)))
    if left:
        raise_roster_revision(organisation.pk)
        transaction.on_commit(lambda: roster_changed.send(sender=Employee, organisation_id=organisation.pk))
    return left


def _leave(organisation: Organisation, ids: Sequence[int], user: User, now: datetime) -> int:
    active = Employee.objects.filter(organisation=organisation, status=Employee.Status.ACTIVE, pk__in=ids)
    found = list(active.order_by("pk").values_list("pk", flat=True))
    active.update(status=Employee.Status.LEFT, left_at=now)
    events = [Event("roster.marked_left", {"user": user.pk}, {"employee": pk}, pk) for pk in found]
    append_evidence(organisation=organisation, events=events, now=now)
    return len(found)
