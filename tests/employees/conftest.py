"""A roster's way in tests: `plan` keeps the plan of some rows, `load` commits it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from employees.gateways import roster_file
from employees.models import RosterImport
from employees.services import commit_import, plan_file
from organisations.models import Organisation

HEADER = "Employee ID,Full Name,Work Email,Country,Department,Status"
ADA = "1,Ada Lovelace,ada@acme.example,England,Engineering,Active"
BOB = "2,Bob,bob@acme.example,Deutschland,Sales,Active"

Plan = Callable[..., RosterImport]


@pytest.fixture
def plan(organisation: Organisation, now: datetime) -> Plan:
    def make(*rows: str, header: str = HEADER, **given: Any) -> RosterImport:
        file = roster_file("staff.csv", "\n".join([header, *rows]).encode())
        return plan_file(organisation=organisation, file=file, user=None, now=now, **given)

    return make


@pytest.fixture
def load(plan: Plan, now: datetime) -> Plan:
    def make(*rows: str, header: str = HEADER, **given: Any) -> RosterImport:
        return commit_import(roster_import=plan(*rows, header=header, **given), leavers_confirmed=True, now=now)

    return make
