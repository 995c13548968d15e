"""The answer that a request carries is held against the append-only rows each night."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.attestations.models import Attestation
from compliance.attestations.queries import answers_that_differ
from compliance.attestations.services import reconcile_answers
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation
from compliance.campaigns.services import start_campaign
from employees.models import Employee
from organisations.models import EvidenceEntry
from tests.conftest import give

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)


@pytest.fixture
def staff(campaign: Campaign, hire: Callable[..., Employee]) -> list[Invitation]:
    for name in ("Ada", "Bob", "Cy", "Dan"):
        hire(name, "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    return list(Invitation.objects.order_by("pk"))


def carried() -> list[tuple[str, datetime | None]]:
    return list(AttestationRequest.objects.order_by("pk").values_list("answer", "answered_at"))


def noted() -> list[int]:
    return [entry.facts["requests"] for entry in EvidenceEntry.objects.filter(kind="answers.reconciled")]


def test_what_agrees_is_left_alone(staff: list[Invitation], now: datetime) -> None:
    give(staff[0], "left_on")
    give(staff[1], "left_on")
    before = carried()
    assert reconcile_answers(now=now) == 0
    assert (carried(), noted()) == (before, [])


def test_whatever_differs_is_set_right_by_the_recorded_rows(staff: list[Invitation], now: datetime) -> None:
    ada, bob, cy, dan = staff
    for person in (ada, bob, dan):
        give(person, "need_help")
    give(ada, "already_off")  # a correction counts instead
    give(dan, "already_off")
    right = carried()
    for person, change in (
        (ada, {"answer": "need_help"}),
        (bob, {"answer": "", "answered_at": None}),
        (cy, {"answer": "left_on", "answered_at": now}),
        (dan, {"answered_at": now - LATER}),
    ):
        AttestationRequest.objects.filter(invitation=person).update(**change)
    assert carried() != right
    assert reconcile_answers(now=now) == 4
    assert (carried(), noted()) == (right, [4])
    assert Attestation.objects.count() == 5
    assert reconcile_answers(now=now) == 0


def test_an_answer_that_comes_meanwhile_stays(
    staff: list[Invitation], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same one as was carried by mistake: only its time tells it from that."""
    ada = staff[0]
    give(ada, "left_on")
    AttestationRequest.objects.filter(invitation=ada).update(answer="already_off")

    def and_then_she_answers(campaign: Campaign) -> Any:
        found = answers_that_differ(campaign)
        give(ada, "already_off")
        return found

    monkeypatch.setattr("compliance.attestations.services.reconciling.answers_that_differ", and_then_she_answers)
    assert reconcile_answers(now=now) == 0
    newest = Attestation.objects.latest("pk")
    assert carried()[0] == (newest.answer, newest.created_at)
