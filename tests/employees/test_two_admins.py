"""Two people import at once: one is carried out, the other is told, and nobody's people are mixed."""

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection, transaction

from employees.gateways import roster_file
from employees.models import Employee, RosterImport
from employees.services import (
    ImportRefused,
    commit_import,
    finish_commit,
    mark_left,
    plan_file,
    request_commit,
    undo_import,
)
from organisations.models import Organisation
from organisations.rules import Role
from organisations.services import add_member, create_organisation
from tests.employees.conftest import ADA, BOB, HEADER, Plan


@pytest.mark.django_db(transaction=True)
def test_of_two_commits_at_once_one_is_refused(now: datetime) -> None:
    organisation = create_organisation(slug="acme", name="Acme", contact_email="privacy@acme.example", now=now)
    plans = []
    for letter in "ab":
        rows = [f"{letter}{i},{letter} {i},{letter}{i}@acme.example,France,Sales,Active" for i in range(300)]
        file = roster_file("staff.csv", "\n".join([HEADER, *rows]).encode())
        plans.append(plan_file(organisation=organisation, file=file, user=None, now=now))
    start, said = threading.Barrier(2), []

    def commit(number: int) -> None:
        start.wait()
        try:
            commit_import(roster_import=plans[number], now=now)
            said.append("committed")
        except ImportRefused as refused:
            said.append(str(refused))
        finally:
            connection.close()

    threads = [threading.Thread(target=commit, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(word[:11] for word in said) == ["The roster ", "committed"]
    letters = {name[0] for name in Employee.objects.values_list("name", flat=True)}
    assert (len(letters), Employee.objects.count()) == (1, 300)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite there is one writer at a time")
def test_nobody_waits_for_a_commit_that_a_worker_is_at(now: datetime) -> None:
    """The sweep rings for it again and again while it takes its time."""
    organisation = create_organisation(slug="acme", name="Acme", contact_email="privacy@acme.example", now=now)
    file = roster_file("staff.csv", "\n".join([HEADER, ADA]).encode())
    made = plan_file(organisation=organisation, file=file, user=None, now=now)
    request_commit(roster_import=made, leavers_confirmed=False, now=now)
    said = []

    def second() -> None:
        said.append(finish_commit(import_id=made.pk, now=now))
        connection.close()

    with transaction.atomic():
        RosterImport.objects.select_for_update(no_key=True).get(pk=made.pk)
        other = threading.Thread(target=second)
        other.start()
        other.join(10)
        assert said == [False]
    assert finish_commit(import_id=made.pk, now=now)
    made.refresh_from_db()
    assert (made.state, made.attempts) == ("committed", 1)


def _leave(organisation: Organisation, now: datetime) -> None:
    user = add_member(organisation=organisation, email="x@acme.example", role=Role.ADMIN, now=now).user
    ids = [Employee.objects.get(name="Ada Lovelace").pk]
    assert mark_left(organisation=organisation, ids=ids, user=user, now=now) == 1


def _undo(organisation: Organisation, now: datetime) -> None:
    undo_import(roster_import=RosterImport.objects.get(state="committed"), now=now)


@pytest.mark.parametrize("change", [_leave, _undo])
def test_a_plan_is_for_the_roster_it_was_made_for(
    plan: Plan, load: Plan, organisation: Organisation, now: datetime, change: Callable[[Organisation, datetime], None]
) -> None:
    load(ADA, BOB)
    planned = plan(ADA.replace("England", "France"), BOB)
    change(organisation, now)
    for carry_out in (commit_import, request_commit):
        with pytest.raises(ImportRefused, match="The roster has changed since this plan was made"):
            carry_out(roster_import=planned, leavers_confirmed=False, now=now)
    assert not Employee.objects.filter(country="FR").exists()
    commit_import(roster_import=plan(ADA.replace("England", "France"), BOB), now=now)
    assert Employee.objects.get(name="Ada Lovelace", status="active").country == "FR"


def test_a_plan_from_before_revisions_were_kept_is_not_carried_out(plan: Plan, now: datetime) -> None:
    planned = plan(ADA)
    RosterImport.objects.update(roster_revision=None)
    with pytest.raises(ImportRefused, match="The roster has changed"):
        commit_import(roster_import=planned, now=now)
