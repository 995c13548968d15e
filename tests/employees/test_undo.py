"""The last import can be taken back, while nothing depends on it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.campaigns.models import Campaign
from compliance.campaigns.services import start_campaign
from employees.models import Employee, PlanChunk
from employees.services import ImportRefused, purge_ended, undo_import
from organisations.here import within
from organisations.models import EvidenceEntry, Organisation
from tests.employees.conftest import ADA, BOB, Plan

CY = "3,Cy,cy@acme.example,France,Sales,Active"


def people() -> list[dict[str, Any]]:
    return [dict(row) for row in Employee.objects.order_by("id").values()]


def test_an_undo_puts_everybody_back(load: Plan, now: datetime) -> None:
    load(ADA, BOB)
    before = people()
    done = load(ADA.replace("England", "US-CA").replace("ada@", "bob@"), CY)
    assert undo_import(roster_import=done, now=now).state == "undone"
    assert people() == before
    assert EvidenceEntry.objects.get(kind="roster.import_undone").facts["import"] == done.pk


def test_somebody_who_came_back_has_left_again(load: Plan, now: datetime) -> None:
    load(ADA, BOB)
    load(ADA)
    done = load(ADA, BOB.replace("Bob", "Robert"))
    undo_import(roster_import=done, now=now)
    assert list(Employee.objects.values_list("name", "status").order_by("id")) == [
        ("Ada Lovelace", "active"),
        ("Bob", "left"),
    ]


def test_an_undo_asks_for_nobody_of_another_organisation(
    load: Plan, other_organisation: Organisation, now: datetime
) -> None:
    """Who left there since is no reason to refuse it."""
    done = load(ADA, BOB)
    Employee.objects.create(
        organisation=other_organisation, name="Eve", email="eve@x.example", country="GB", status="left",
        left_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    with within(done.organisation_id, done):
        assert undo_import(roster_import=done, now=now).state == "undone"
    assert [item["name"] for item in people()] == ["Eve"]


def test_after_an_undo_the_one_before_is_the_last(load: Plan, now: datetime) -> None:
    first = load(ADA)
    undo_import(roster_import=load(ADA, BOB), now=now)
    with pytest.raises(ImportRefused, match="is not kept"):
        undo_import(roster_import=first, now=now)


def test_only_the_last_import_is_undone(load: Plan, now: datetime) -> None:
    first = load(ADA)
    load(ADA, BOB)
    with pytest.raises(ImportRefused, match="Only the last import"):
        undo_import(roster_import=first, now=now)


def test_people_who_were_invited_stay(load: Plan, campaign: Campaign, now: datetime) -> None:
    done = load(ADA)
    start_campaign(campaign=campaign, now=now)
    with pytest.raises(ImportRefused, match="1 person who joined has been invited"):
        undo_import(roster_import=done, now=now)
    assert Employee.objects.count() == 1


def test_an_undo_expires_with_what_it_needs(load: Plan, now: datetime) -> None:
    load(ADA, BOB)
    done = load(ADA)
    later = now + timedelta(days=15)
    purge_ended(now=later)
    assert not PlanChunk.objects.filter(roster_import=done).exists()
    with pytest.raises(ImportRefused, match="14 days"):
        undo_import(roster_import=done, now=later)


def test_a_hire_by_hand_is_no_part_of_an_import(load: Plan, hire: Callable[..., Employee], now: datetime) -> None:
    done = load(ADA)
    hire("Zed", "FR")
    undo_import(roster_import=done, now=now)
    assert Employee.objects.get().name == "Zed"
