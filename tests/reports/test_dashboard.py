"""The dashboard: figures that a worker keeps, cuts by address, the part that moves, what waits for somebody."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from compliance.attestations.models import Attestation
from compliance.attestations.queries import waiting_for_help
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.services import start_campaign
from compliance.catalogue.models import Policy, PolicyVersion
from employees.models import Employee
from organisations.models import Membership, Organisation
from organisations.rules import Role
from reports.key_figures import key_figures
from reports.models import KeptFigures, Report
from reports.queries import Readiness, as_shown, kept, readiness, versions_of
from reports.queries.readiness import count
from reports.rules import Figures, ReportState, packed, protected_row, unpacked
from reports.services import keep_figures
from tests.conftest import give
from tests.pages import html as words

ASK = {"HX-Request": "true"}


@pytest.fixture
def people(campaign: Campaign, hire: Callable[..., Employee]) -> list[Invitation]:
    """Forty people in two countries and two departments, some of whom have answered."""
    for number in range(40):
        hire(f"Person {number}", "GB" if number % 2 else "DE", department="Sales" if number % 4 < 2 else "Legal")
    start_campaign(campaign=campaign, now=timezone.now())
    found = list(Invitation.objects.filter(campaign=campaign).order_by("id"))
    for number, invitation in enumerate(found[:24]):
        give(invitation, "need_help" if number < 2 else "already_off")
    return found


@pytest.fixture
def large(people: list[Invitation], monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty people count as many."""
    monkeypatch.setattr(kept, "SMALL", 10)


def test_a_large_campaign_is_counted_by_a_worker(
    large: None,
    campaign: Campaign,
    people: list[Invitation],
    signed_in: Callable[..., Client],
    bells: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    browser, rung = signed_in(Role.ADMIN), ("reports.tasks.count_figures", {"campaign_id": campaign.pk})

    def page() -> str:
        bells.clear()
        with django_capture_on_commit_callbacks(execute=True):
            return words(browser.get("/o/acme/"))

    assert "The figures are being counted" in page()
    assert rung in bells
    assert keep_figures(campaign_id=campaign.pk, now=timezone.now())
    shown = page()
    assert "of 40 asked" in shown
    assert "being counted" not in shown
    give(people[30], "already_off")
    page()
    assert rung not in bells  # counted a moment ago: it may rest
    KeptFigures.objects.update(as_of=timezone.now() - timedelta(minutes=1))
    assert "These figures are old" not in page()
    assert rung in bells
    KeptFigures.objects.update(as_of=timezone.now() - timedelta(minutes=11))
    assert "These figures are old" in page()
    assert kept.behind(timezone.now()) == [campaign.pk]


def test_kept_figures_are_those_that_were_counted(campaign: Campaign, people: list[Invitation]) -> None:
    exact = count(campaign, timezone.now()).exact
    assert exact.total.confirmed
    assert unpacked(packed(exact)) == exact


def test_one_worker_counts_and_a_dead_one_is_replaced(campaign: Campaign, people: list[Invitation]) -> None:
    now = timezone.now()
    KeptFigures.objects.create(campaign=campaign, busy_until=now + timedelta(minutes=1))
    assert not keep_figures(campaign_id=campaign.pk, now=now)
    assert keep_figures(campaign_id=campaign.pk, now=now + timedelta(minutes=2))
    assert not keep_figures(campaign_id=campaign.pk + 1, now=now)


def test_figures_of_another_mode_are_not_shown(
    large: None, campaign: Campaign, organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    keep_figures(campaign_id=campaign.pk, now=timezone.now())
    Organisation.objects.update(works_council_mode=True)
    assert "The figures are being counted" in words(signed_in(Role.ADMIN).get("/o/acme/"))


def test_a_large_campaign_takes_few_queries(
    large: None, campaign: Campaign, signed_in: Callable[..., Client]
) -> None:  # fmt: skip
    keep_figures(campaign_id=campaign.pk, now=timezone.now())
    browser = signed_in(Role.ADMIN)
    browser.get("/o/acme/")
    for path in ("/o/acme/", "/o/acme/?country=DE"):
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(path).status_code == 200
        assert len(caught) <= 13  # three of them about imports, reports and help that wait


def test_the_part_that_moves_is_sent_when_it_has_moved(
    campaign: Campaign, people: list[Invitation], signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(Role.ADMIN)
    part = browser.get("/o/acme/", headers=ASK)
    assert "<html" not in words(part)
    found = re.search(r'hx-get="([^"]+)"', words(part))
    assert found
    again = found[1].replace("&amp;", "&")
    for _ in range(2):  # the minute may turn between two requests, but not twice
        answer = browser.get(again, headers=ASK)
        if answer.status_code == 204:
            break
        again = re.search(r'hx-get="([^"]+)"', words(answer))[1].replace("&amp;", "&")  # type: ignore[index]
    assert answer.status_code == 204
    for invitation in people[24:40]:
        give(invitation, "already_off")
    moved = browser.get(again, headers=ASK)
    assert moved.status_code == 200
    assert "30 of 40 asked" in words(moved)


def test_an_address_cuts_the_figures_and_can_be_shared(
    people: list[Invitation], signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(Role.AUDITOR)
    page = words(browser.get("/o/acme/?country=DE"))
    assert "of 20 people asked have confirmed" in page
    assert 'value="DE" selected' in page
    assert "of 20 people asked" in words(browser.get("/o/acme/?department=Sales"))
    both = words(browser.get("/o/acme/?country=DE&department=Sales"))
    assert "not by both at once" in both
    assert "Response rate" not in both
    assert "Nobody of these people is there" in words(browser.get("/o/acme/?country=FR"))
    for odd in ("policy=x/y", "department=%00", "country=" + "x" * 5000, "seen=%F0", "department=-"):
        assert browser.get(f"/o/acme/?{odd}").status_code == 200


def test_who_needs_help_is_counted_once_everywhere(
    people: list[Invitation], organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    assert waiting_for_help(organisation) == (2, 2)
    assert "2 people need help" in words(signed_in(Role.ADMIN).get("/o/acme/"))
    assert (
        "need help"
        not in words(signed_in(Role.AUDITOR).get("/o/acme/")).split('id="needs-you"')[1].split("</section>")[0]
    )


def test_what_has_stopped_or_failed_is_listed_for_those_who_can_act(
    campaign: Campaign, people: list[Invitation], organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    now = timezone.now()
    hour = now - timedelta(hours=1)
    one = {"organisation": organisation, "campaign": campaign, "as_of": hour, "created_at": hour}
    Report.objects.create(**one)
    Report.objects.create(**one, state=ReportState.FAILED, detail="The disk is full.", finished_at=hour)
    rows = Message.objects.filter(campaign=campaign).order_by("id")
    rows.filter(pk__in=rows.values("pk")[:3]).update(state="failed")
    rows.filter(state="queued").update(due_at=now + timedelta(days=1))
    rows.filter(pk=rows.filter(state="queued")[0].pk).update(due_at=hour)
    page = words(signed_in(Role.ADMIN).get("/o/acme/"))
    for text in (
        "Making a report has stopped",
        "1 report could not be made",
        "The disk is full.",
        "3 mails failed",
        f"?campaign={campaign.pk}&amp;state=failed",
        "1 mail is due",
        "1 has been due for more than two minutes",
    ):
        assert text in page
    auditor = words(signed_in(Role.AUDITOR).get("/o/acme/"))
    assert "1 report could not be made" in auditor
    assert "mails failed" not in auditor


def test_nothing_moved_in_a_week_is_no_change(
    people: list[Invitation], campaign: Campaign, signed_in: Callable[..., Client]
) -> None:
    """People who say today what they said ten days ago have not moved; nor has the number of those who need help,
    which no page has shown."""
    now = timezone.now()
    Campaign.objects.update(started_at=now - timedelta(days=20))
    AttestationRequest.objects.update(created_at=now - timedelta(days=20))
    for invitation in people[:24]:
        asked = AttestationRequest.objects.get(invitation=invitation)
        first = Attestation.objects.get(request=asked)
        Attestation.objects.bulk_create(
            [
                Attestation(
                    request=asked, answer=first.answer, submission=uuid4(), language="en",
                    created_at=now - timedelta(days=days),
                )
                for days in (10, 1)
            ]
        )  # fmt: skip
        first.delete()
        AttestationRequest.objects.filter(pk=asked.pk).update(answered_at=now - timedelta(days=1))
    campaign.refresh_from_db()
    found = readiness_now(campaign)
    assert found.earlier == readiness(campaign, found.as_of - timedelta(days=7), 5).total
    figures = {figure.key: figure for figure in key_figures(found.total, 5, found.earlier)}
    assert [figures[key].trend for key in ("readiness", "response", "open")] == ["no change shown in 7 days"] * 2 + [""]
    for invitation in people[24:40]:
        give(invitation, "already_off")
    found = readiness_now(campaign)
    assert key_figures(found.total, 5, found.earlier)[0].trend == "+10 in 7 days"
    assert "+10 in 7 days" in words(signed_in(Role.ADMIN).get("/o/acme/"))


def readiness_now(campaign: Campaign) -> Readiness:
    now = timezone.now()
    counted = count(campaign, now, notes=True)
    return as_shown(campaign, now, counted, 5, versions=versions_of(counted.exact))


some_answers = st.lists(st.integers(0, 60), min_size=4, max_size=4)


@given(some_answers, some_answers, st.integers(0, 40))
def test_a_change_in_a_week_is_the_difference_of_two_reports(
    before: list[int], now: list[int], silent: int
) -> None:  # fmt: skip
    """Where a report of that day or of today has no number, there is no change either; else steps, as between them."""
    old, new = (protected_row(Figures(sum(counts) + silent, *counts), 5) for counts in (before, now))
    figures = {figure.key: figure.trend for figure in key_figures(new, 5, old)}
    for key, name in (("readiness", "confirmed"), ("response", "answered"), ("open", "open")):
        first, second = getattr(old, name), getattr(new, name)
        if not first or not second:
            assert figures[key] == ""
        elif first == second:
            assert figures[key] == "no change shown in 7 days"
        else:
            assert (second - first) % 5 == 0
            assert figures[key] == f"{'+' if second > first else '−'}{abs(second - first)} in 7 days"


def test_kept_figures_know_the_catalogue_by_which_policies_reopen(
    large: None, campaign: Campaign, people: list[Invitation], signed_in: Callable[..., Client], bells: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    """A version that comes into force is in no log: the day, and the versions that there are, make figures old."""
    now, rung = timezone.now(), ("reports.tasks.count_figures", {"campaign_id": campaign.pk})
    keep_figures(campaign_id=campaign.pk, now=now - timedelta(minutes=6))
    assert not kept.standing(campaign, now).stale
    assert kept.behind(now) == []
    assert kept.standing(campaign, now + timedelta(days=1)).stale
    version = PolicyVersion.objects.get(policy__key="linkedin-genai-training", key="v2024-09")
    version.pk, version.key, version.effective_from = None, "v-new", timezone.localdate()
    version.save()
    assert kept.standing(campaign, now).stale
    assert kept.behind(now) == [campaign.pk]
    bells.clear()
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(Role.ADMIN).get("/o/acme/")
    assert rung in bells
    keep_figures(campaign_id=campaign.pk, now=now)
    assert not kept.standing(campaign, now).stale


def test_what_happens_while_figures_are_counted_makes_them_old(
    large: None, campaign: Campaign, people: list[Invitation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures of which a part was counted before an act and a part after it are never taken for the newest."""
    now = timezone.now()

    def slow(*given: Any, **named: Any) -> Any:
        found = count(*given, **named)
        give(people[30], "already_off")
        return found

    monkeypatch.setattr("reports.services.keeping.count", slow)
    keep_figures(campaign_id=campaign.pk, now=now)
    seen = kept.standing(campaign, now + timedelta(minutes=1))
    assert seen.stale
    assert seen.counted == count(campaign, now, notes=True)  # as of `now`, whenever its rows were read


def test_an_auditor_is_shown_nothing_that_only_others_can_do(
    campaign: Campaign, people: list[Invitation], signed_in: Callable[..., Client]
) -> None:
    Campaign.objects.update(state="paused")
    Policy.objects.update(review_due=timezone.localdate() - timedelta(days=1))
    for role, shown in ((Role.ADMIN, True), (Role.AUDITOR, False)):
        page = words(signed_in(role).get("/o/acme/"))
        assert (f"{campaign.name} is paused" in page) is shown
        assert ("Check the sources" in page) is shown


def test_an_auditor_who_is_granted_names_opens_reports_with_names(
    campaign: Campaign, organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    report = Report.objects.create(organisation=organisation, campaign=campaign, as_of=timezone.now(), names=True)
    browser, url = signed_in(Role.AUDITOR), f"/o/acme/reports/{report.pk}/"
    assert browser.get(url).status_code == 404
    Membership.objects.filter(role="auditor").update(sees_names=True)
    assert browser.get(url).status_code == 200
