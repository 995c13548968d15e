"""Two people import at once: one is carried out, the other is told, and nobody's people are mixed."""

import threading
from datetime import datetime

import pytest
from django.db import connection

from employees.gateways import roster_file
from employees.models import Employee
from employees.services import ImportRefused, commit_import, plan_file
from organisations.services import create_organisation
from tests.employees.conftest import HEADER


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
