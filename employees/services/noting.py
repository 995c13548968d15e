"""What members write down for themselves and for those who help: notes about a person, views of the list."""

from datetime import datetime
from urllib.parse import parse_qs

from django.db import transaction
from django.utils.translation import gettext as _

from employees.models import Employee, PersonNote, SavedView
from employees.rules.listing import wanted
from employees.rules.searching import plain, points_at, tells
from organisations.models import Membership, User
from organisations.queries import in_batches
from organisations.services import Event, append_evidence

MAX_VIEWS = 30  # of one member
MAX_NOTE = 2_000  # characters


class NotKept(Exception):
    """It was not written down; the message says why."""


@transaction.atomic
def write_note(*, employee: Employee, text: str, user: User, now: datetime) -> PersonNote:
    """Adds a note. Raises NotKept for one that is empty or too long."""
    words = text.replace("\0", "").strip()
    if not words:
        raise NotKept(_("The note is empty. Write a sentence, and add it again."))
    if len(words) > MAX_NOTE:
        raise NotKept(_("A note has %(most)s characters at most. Shorten it.") % {"most": f"{MAX_NOTE:,}"})
    note = PersonNote.objects.create(
        organisation=employee.organisation, employee=employee, author=user, text=words, created_at=now
    )
    _log(Event("note.written", {"user": user.pk}, {"employee": employee.pk}, employee.pk), employee, now)
    return note


@transaction.atomic
def remove_note(*, note: PersonNote, user: User, now: datetime) -> None:
    note.delete()
    employee = note.employee
    _log(Event("note.removed", {"user": user.pk}, {"employee": employee.pk}, employee.pk), employee, now)


def _log(event: Event, employee: Employee, now: datetime) -> None:
    append_evidence(organisation=employee.organisation, events=[event], now=now)


@transaction.atomic
def save_view(*, membership: Membership, name: str, query: str, now: datetime) -> SavedView:
    """Keeps a view of the list; one of the same name is replaced. Raises NotKept."""
    called = " ".join(name.replace("\0", "").split())[:60]
    if not called:
        raise NotKept(_("Give the view a name, and save it again."))
    if len(query) > 4_000:
        raise NotKept(_("Too much is chosen to be saved. Choose less, and save it again."))
    held = Membership.objects.filter(organisation=membership.organisation_id).select_for_update(no_key=True)
    held.get(pk=membership.pk)  # two views saved at once are counted one after the other
    mine = SavedView.objects.filter(membership=membership)
    if mine.exclude(name=called).count() >= MAX_VIEWS:
        raise NotKept(_("You have %(most)d views already. Delete one first.") % {"most": MAX_VIEWS})
    return mine.update_or_create(
        name=called,
        defaults={"query": query, "created_at": now},
        create_defaults={"membership": membership, "organisation_id": membership.organisation_id,
                         "query": query, "created_at": now},
    )[0]  # fmt: skip


def forget_view(*, view: SavedView) -> None:
    view.delete()


def forget_views_about(*, employee: Employee, emails: set[str]) -> int:
    """Lets go of views whose search finds this person, or whose name or values hold what they are known by, however it
    is spelled; returns how many. `emails` are all addresses they had."""
    views = SavedView.objects.filter(organisation=employee.organisation_id)
    about = [view.pk for view in views.order_by("pk") if _is_about(view, employee, emails)]
    return sum(views.filter(pk__in=some).delete()[0] for some in in_batches(about))


def _is_about(view: SavedView, employee: Employee, emails: set[str]) -> bool:
    name, number, asked = employee.name, employee.external_id, wanted(parse_qs(view.query))
    said = [plain(text) for text in (view.name, *(value for _, value in asked.pairs()))]
    known_as = [plain(word).strip() for word in (name, number, *emails) if tells(word)]
    return any(word in text for word in known_as for text in said) or any(
        points_at(asked.q, name, email, number) for email in emails
    )
