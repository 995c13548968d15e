"""What imports keep about people, let go of when somebody's data are erased."""

from datetime import datetime

from django.db import transaction

from employees.models import Employee, PlanChunk, RosterImport
from employees.services.ending import OPEN_STATES, ImportRefused, discard_import
from organisations.models import Organisation

State = RosterImport.State


@transaction.atomic
def forget_lines(*, organisation: Organisation, now: datetime) -> int:
    """Discards open imports and lets go of every line that earlier ones keep, whomever it is about: a file may spell a
    person in ways that no search finds. Returns how many imports can no longer be undone or mended.

    Raises ImportRefused while an import is being carried out.
    """
    mine = RosterImport.objects.filter(organisation=organisation)
    if mine.filter(state=State.COMMITTING).exists():
        raise ImportRefused("An import is being carried out. Try again when it has ended.")
    for item in mine.filter(state__in=OPEN_STATES):
        discard_import(roster_import=item, now=now)
    kept = PlanChunk.objects.filter(roster_import__organisation=organisation)
    imports = kept.order_by().values("roster_import").distinct().count()
    kept.delete()
    mine.update(detected={}, fixes={}, undo_until=None)
    return imports


def forget_as_manager(*, organisation: Organisation, email: str) -> int:
    """Takes somebody's address from the people who have it as their manager's; returns from how many."""
    return Employee.objects.filter(organisation=organisation, manager_email__iexact=email).update(manager_email="")
