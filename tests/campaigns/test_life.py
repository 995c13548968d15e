"""A campaign's whole life: audience, approval, pause and resume, reminders, joiners, rounds, stops of its own."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from compliance.campaigns.forms import AudienceForm, end_of
from compliance.campaigns.letters.words import stop_address
from compliance.campaigns.models import Campaign, Invitation, Message, SavedAudience
from compliance.campaigns.queries import audience_choices, audience_size, people_of
from compliance.campaigns.rules import Audience, Terms, audience, listed
from compliance.campaigns.services import (
    CampaignRefused,
    cancel_campaign,
    change_campaign,
    clone_campaign,
    close_overdue,
    delete_draft,
    follow_roster,
    pause_campaign,
    prepare_rounds,
    queue_reminders,
    resume_campaign,
    save_audience,
    send_again,
    start_campaign,
)
from compliance.campaigns.services.delivery import claim_batch, deliver_due, release_expired
from compliance.campaigns.tasks import deliver_messages, reconcile_campaigns
from compliance.catalogue.models import PolicyVersion
from employees.models import Employee
from organisations.models import EvidenceEntry, Organisation
from tests.conftest import TERMS, give
from tests.counting import snapshot

Hire = Callable[..., Employee]


def running(campaign: Campaign, now: datetime | None = None) -> Campaign:
    start_campaign(campaign=campaign, now=now or timezone.now())
    campaign.refresh_from_db()
    return campaign


# --- Before it starts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"lawful_basis": ""}, "lawful basis"),
        ({"lawful_basis": "consent"}, "lawful basis"),
        ({"notice": " "}, "privacy notice"),
        ({"retention_days": 0}, "Keep named answers"),
        ({"assessment": ""}, "impact assessment is needed"),
        ({"assessment_note": ""}, "why no impact assessment"),
    ],
)
def test_what_is_not_settled_blocks_the_start(campaign: Campaign, hire: Hire, fields: dict[str, Any], why: str) -> None:
    hire("Ada", "GB")
    change_campaign(campaign=campaign, now=timezone.now(), **fields)
    before = snapshot()
    with pytest.raises(CampaignRefused, match=why):
        start_campaign(campaign=campaign, now=timezone.now())
    assert snapshot() == before


def test_terms_that_are_settled_miss_nothing() -> None:
    assert TERMS.missing() == []
    assert len(Terms(retention_days=9999).missing()) == 4


def test_germany_needs_the_works_council(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "DE")
    change_campaign(campaign=campaign, now=timezone.now(), works_council="")
    with pytest.raises(CampaignRefused, match="Germany may be asked only in agreement"):
        start_campaign(campaign=campaign, now=timezone.now())


def test_what_has_started_cannot_be_changed_or_deleted(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    running(campaign)
    with pytest.raises(CampaignRefused, match="has started"):
        change_campaign(campaign=campaign, now=timezone.now(), name="x")
    with pytest.raises(CampaignRefused, match="Only a draft"):
        delete_draft(campaign=campaign)
    with pytest.raises(TypeError, match="not a campaign's to set"):
        change_campaign(campaign=campaign, now=timezone.now(), state="closed")


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        (Audience(), "ABCD"),
        (Audience(countries=("GB",)), "AB"),
        (Audience(departments=("Sales",)), "AC"),
        (Audience(countries=("GB",), departments=("Sales",)), "A"),
        (Audience(managers=("boss@acme.example",)), "D"),
        (Audience(languages=("de", "-")), "BCD"),
        (Audience(people=listed("A@acme.example, 7;7\n")), "AC"),
        (Audience(people=("nobody",)), ""),
    ],
)
def test_an_audience_is_who_it_says(organisation: Organisation, hire: Hire, chosen: Audience, names: str) -> None:
    hire("A", "GB", department="Sales", language="fr")
    hire("B", "GB")
    hire("C", "DE", department="Sales", language="de", external_id="7")
    hire("D", "FR", manager_email="boss@acme.example")
    hire("E", "GB", status="left")
    assert "".join(people_of(organisation, audience(chosen.stored())).values_list("name", flat=True)) == names


def test_an_audience_is_kept_by_a_name(organisation: Organisation) -> None:
    for country in ("GB", "DE"):
        save_audience(organisation=organisation, name="Ours", audience=Audience(countries=(country,)))
    assert SavedAudience.objects.get().audience == {"countries": ["DE"]}


def test_only_the_audience_is_invited_and_followed(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB"), hire("Bob", "FR")
    change_campaign(campaign=campaign, now=timezone.now(), audience={"countries": ["FR"]})
    running(campaign)
    hire("Cy", "FR"), hire("Dee", "GB")
    assert follow_roster(campaign=campaign, now=timezone.now()) == (1, 0)
    assert set(Invitation.objects.values_list("employee__name", flat=True)) == {"Bob", "Cy"}
    assert audience_size(campaign, timezone.localdate()) == 2


def test_a_campaign_that_does_not_roll_adds_nobody(campaign: Campaign, hire: Hire) -> None:
    ada = hire("Ada", "GB")
    hire("Bob", "GB")
    change_campaign(campaign=campaign, now=timezone.now(), rolling=False)
    running(campaign)
    hire("Cy", "GB")
    Employee.objects.filter(pk=ada.pk).update(status="left")
    assert follow_roster(campaign=campaign, now=timezone.now()) == (0, 1)


# --- While it runs ------------------------------------------------------------------------------------------


def test_mails_wait_for_the_morning_where_people_work(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "DE"), hire("Kai", "HK")
    change_campaign(
        campaign=campaign, now=timezone.now(), working_hours=True, closes_at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    running(campaign, datetime(2026, 1, 16, 20, 0, tzinfo=UTC))  # a Friday evening
    due = dict(Message.objects.values_list("invitation__employee__name", "due_at"))
    assert due == {
        "Ada": datetime(2026, 1, 19, 8, 0, tzinfo=UTC),
        "Kai": datetime(2026, 1, 19, 1, 0, tzinfo=UTC),
    }


def test_joiners_have_days_of_their_own(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    running(campaign)
    late = campaign.closes_at - timedelta(days=2)
    hire("Bob", "GB")
    follow_roster(campaign=campaign, now=late)
    ada, bob = (Invitation.objects.get(employee__name=name) for name in ("Ada", "Bob"))
    assert (ada.closes_at, bob.closes_at) == (campaign.closes_at, end_of(late.date() + timedelta(days=14)))
    assert close_overdue(now=campaign.closes_at + timedelta(hours=1)) == 0
    assert close_overdue(now=bob.closes_at + timedelta(hours=1)) == 1


def test_a_paused_campaign_sends_nothing_and_its_links_work(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    running(campaign)
    pause_campaign(campaign=campaign, reason="Wait.", now=timezone.now())
    deliver_due()
    assert Message.objects.get().state == "queued"
    with pytest.raises(CampaignRefused, match="Only a running"):
        pause_campaign(campaign=campaign, reason="Again.", now=timezone.now())
    resume_campaign(campaign=campaign, now=timezone.now())
    deliver_due()
    assert Message.objects.get().state == "sent"
    with pytest.raises(CampaignRefused, match="Only a paused"):
        resume_campaign(campaign=campaign, now=timezone.now())


def test_cancelling_says_so(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    running(campaign)
    cancel_campaign(campaign=campaign, now=timezone.now())
    campaign.refresh_from_db()
    assert (campaign.state, Message.objects.get().state) == ("cancelled", "cancelled")
    assert EvidenceEntry.objects.filter(kind="campaign.cancelled").exists()


def at(moment: datetime) -> Callable[[], datetime]:
    return partial(datetime.fromtimestamp, moment.timestamp(), UTC)


def test_reminders_go_until_there_is_an_answer_and_never_more_than_three(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB"), hire("Bob", "GB")
    start = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    change_campaign(campaign=campaign, now=start, reminder_days=2, closes_at=datetime(2026, 3, 1, tzinfo=UTC))
    running(campaign, start)
    deliver_due(clock=at(start))
    made = []
    for day in range(40):
        now = start + timedelta(days=day)
        if day == 5:
            bob = Invitation.objects.get(employee__name="Bob")
            give(bob, "left_on", now=now)
        made.append(queue_reminders(campaign=campaign, now=now))
        assert queue_reminders(campaign=campaign, now=now) == 0
        deliver_due(clock=at(now))
    reminded = Message.objects.filter(kind="reminder").order_by("invitation__employee__name", "step")
    assert list(reminded.values_list("invitation__employee__name", "step")) == [
        ("Ada", 1), ("Ada", 2), ("Ada", 3), ("Bob", 1), ("Bob", 2),
    ]  # fmt: skip
    assert sum(made) == 5
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=reminded[2].pk).update(step=4)


def test_after_a_pause_reminders_do_not_come_on_each_others_heels(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    start = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    change_campaign(campaign=campaign, now=start, reminder_days=2, closes_at=datetime(2026, 3, 1, tzinfo=UTC))
    running(campaign, start)
    deliver_due(clock=at(start))
    made = []
    for hour in range(60):
        now = datetime(2026, 2, 2, 10, 0, tzinfo=UTC) + timedelta(hours=hour)
        made.append(queue_reminders(campaign=campaign, now=now))
        deliver_due(clock=at(now))
    assert [hour for hour, number in enumerate(made) if number] == [0, 38]


@pytest.mark.parametrize("change", ["answered_at", "stopped_at", "revoked_at", "left", "over"])
def test_what_nobody_wants_any_more_is_not_sent_whatever_state_it_was_in(
    campaign: Campaign, hire: Hire, change: str
) -> None:
    """The reminder was on its way when the answer came, and came back from the mail server to be tried again."""
    hire("Ada", "GB")
    running(campaign)
    deliver_due()
    later = campaign.closes_at - timedelta(days=2)
    assert queue_reminders(campaign=campaign, now=later) == 1
    claim_batch(now=later)
    if change == "left":
        Employee.objects.update(status="left")
    else:
        Invitation.objects.update(**{"closes_at" if change == "over" else change: later})
    release_expired(now=later + timedelta(minutes=5))
    reminder = Message.objects.get(kind="reminder")
    assert reminder.state == "cancelled"
    Message.objects.filter(pk=reminder.pk).update(state="failed")
    assert send_again(campaign=campaign, which="failed", now=later + timedelta(minutes=6)) == 0


def test_a_first_mail_after_the_end_blocks_the_start(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    friday = datetime(2026, 1, 16, 18, 0, tzinfo=UTC)
    end = datetime(2026, 1, 17, 0, 0, tzinfo=UTC)
    change_campaign(campaign=campaign, now=friday, working_hours=True, closes_at=end)
    with pytest.raises(CampaignRefused, match="In United Kingdom the first mail would go after"):
        start_campaign(campaign=campaign, now=friday)
    assert not Message.objects.exists()


def test_setting_up_a_round_after_a_change_keeps_whom_it_is_for(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    change_campaign(campaign=campaign, now=timezone.now(), audience={"behind": 7})
    campaign.refresh_from_db()
    initial, choices = AudienceForm.of(campaign), audience_choices(campaign.organisation)
    kept = AudienceForm({"only_changed": "on", "rolling": "on"}, initial=initial, choices=choices)
    taken = AudienceForm({"rolling": "on"}, initial=initial, choices=choices)
    assert kept.is_valid()
    assert taken.is_valid()
    assert (kept.chosen().behind, taken.chosen().behind) == (7, 0)


def test_a_slow_rate_makes_no_worker_run_in_circles(
    campaign: Campaign, hire: Hire, settings: Any, bells: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    settings.MAIL_RATE = "1/h"
    hire("Ada", "GB"), hire("Bob", "GB")
    running(campaign)
    deliver_messages()
    with django_capture_on_commit_callbacks(execute=True):
        deliver_messages()
    assert bells == []
    assert Message.objects.filter(state="sent").count() == 1


def test_people_who_are_only_told_are_not_reminded(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "US", subdivision="US-CA")
    running(campaign)
    deliver_due()
    assert queue_reminders(campaign=campaign, now=campaign.closes_at - timedelta(days=2)) == 0


def test_nobody_is_reminded_of_a_mail_that_has_not_gone(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    running(campaign)
    assert queue_reminders(campaign=campaign, now=campaign.closes_at - timedelta(days=2)) == 0


def test_a_reminder_stands_in_the_thread_of_the_first_mail(campaign: Campaign, hire: Hire, settings: Any) -> None:
    hire("Ada", "GB")
    running(campaign)
    deliver_due()
    later = campaign.closes_at - timedelta(days=2)
    queue_reminders(campaign=campaign, now=later)
    deliver_due(clock=at(later))
    first, reminder = (Message.objects.get(kind=kind) for kind in ("instruction", "reminder"))
    content = (settings.OUTBOX_DIR / f"{reminder.public_id}.eml").read_text()
    assert f"In-Reply-To: {first.message_id}" in content
    assert "Subject: Reminder: Your choice" in content


def test_one_click_stops_reminders_and_get_does_not(campaign: Campaign, hire: Hire, settings: Any) -> None:
    hire("Ada", "GB")
    running(campaign)
    deliver_due()
    later = campaign.closes_at - timedelta(days=2)
    queue_reminders(campaign=campaign, now=later)
    invitation = Invitation.objects.get()
    path = stop_address(invitation.key_version, invitation.public_id).removeprefix(settings.BASE_URL)
    before = snapshot()
    assert Client().get(path).status_code == Client().head(path).status_code == 200
    assert snapshot() == before
    assert Client().post(path[:-3] + "xyz").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Message.objects.get(kind="reminder").state == "cancelled"
    assert queue_reminders(campaign=campaign, now=later) == 0
    assert b"no more reminders" in strict.get(path).content
    assert Client().get(f"/l/{'x' * 43}").status_code == 404


@pytest.mark.parametrize(("state", "which"), [("failed", "failed"), ("bounced", "bounced"), ("unknown", "unknown")])
def test_mails_of_a_state_are_sent_again(campaign: Campaign, hire: Hire, state: str, which: str) -> None:
    hire("Ada", "GB"), hire("Bob", "GB")
    running(campaign)
    deliver_due()
    Message.objects.filter(invitation__employee__name="Ada").update(state=state)
    assert send_again(campaign=campaign, which=which, now=timezone.now()) == 1
    assert Message.objects.get(state="queued").invitation.employee.name == "Ada"


def test_only_the_silent_are_written_to_again(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB"), hire("Bob", "GB")
    running(campaign)
    deliver_due()
    bob = Invitation.objects.get(employee__name="Bob")
    give(bob, "left_on")
    assert send_again(campaign=campaign, which="unanswered", now=timezone.now()) == 1


# --- Rounds -------------------------------------------------------------------------------------------------


def test_a_clone_is_a_draft_of_its_own(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    change_campaign(campaign=campaign, now=timezone.now(), why="Because.", audience={"countries": ["GB"]})
    running(campaign)
    copy = clone_campaign(campaign=campaign, name="Again", closes_at=campaign.closes_at, user=None, now=timezone.now())
    assert (copy.state, copy.why, copy.audience, copy.terms) == (
        "draft",
        "Because.",
        {"countries": ["GB"]},
        campaign.terms,
    )
    assert list(copy.policies.all()) == list(campaign.policies.all())
    assert start_campaign(campaign=copy, now=timezone.now()) == 1


def test_a_yearly_campaign_comes_again_once(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    change_campaign(campaign=campaign, now=timezone.now(), repeats="yearly")
    running(campaign)
    assert campaign.started_at
    assert prepare_rounds(now=campaign.started_at + timedelta(days=300)) == 0
    later = campaign.started_at + timedelta(days=352)
    assert [prepare_rounds(now=later), prepare_rounds(now=later)] == [1, 0]
    draft = Campaign.objects.get(follows=campaign)
    assert (draft.state, draft.repeats) == ("draft", "yearly")
    assert draft.closes_at > later


def test_a_newer_version_asks_those_whom_it_concerns(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB"), hire("Bob", "FR")
    change_campaign(campaign=campaign, now=timezone.now(), repeats="on_change")
    running(campaign)
    assert prepare_rounds(now=timezone.now()) == 0
    asked = PolicyVersion.objects.get(key="v2025-11-03", policy__key="linkedin-genai-training")
    document = asked.document | {"id": "v2026-01", "effective_from": "2026-01-02"}
    newer = PolicyVersion.objects.create(
        policy=asked.policy, key="v2026-01", document=document,
        effective_from=date(2026, 1, 2), sha256="f" * 64, loaded_at=timezone.now(),
    )  # fmt: skip
    assert newer.pk
    assert prepare_rounds(now=timezone.now()) == 1
    draft = Campaign.objects.get(follows=campaign)
    assert audience(draft.audience).behind == campaign.pk
    assert audience_size(draft, timezone.localdate()) == 2


# --- It stops by itself -------------------------------------------------------------------------------------


def test_a_stale_roster_stops_its_campaign(
    campaign: Campaign, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in ten addresses is dead: it stops within twenty mails of the limit."""
    from compliance.campaigns import gateways  # noqa: PLC0415
    from compliance.campaigns.rules import Delivery, Verdict  # noqa: PLC0415

    Employee.objects.bulk_create(
        [
            Employee(organisation=organisation, name=f"P{i}", email=f"p{i}@acme.example", country="GB")
            for i in range(500)
        ]
    )
    running(campaign)

    def send(self: gateways.Outbox, mail: gateways.OutgoingMail) -> Delivery:
        dead = int(mail.to[1:].partition("@")[0]) % 10 == 0
        return Delivery(Verdict.DEAD if dead else Verdict.ACCEPTED, "550 5.1.1 no such user" if dead else "ok")

    monkeypatch.setattr(gateways.Outbox, "send", send)
    deliver_due()
    campaign.refresh_from_db()
    tried = Message.objects.exclude(state="queued").count()
    assert campaign.state == "paused"
    assert "addresses that do not exist" in campaign.pause_reason
    assert 200 <= tried <= 220
    resume_campaign(campaign=campaign, now=timezone.now())
    deliver_due()
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    assert Message.objects.filter(state="sending").count() == 0
    assert 400 <= Message.objects.exclude(state="queued").count() <= 440


def test_the_clock_does_it_all(campaign: Campaign, hire: Hire) -> None:
    hire("Ada", "GB")
    running(campaign)
    hire("Bob", "GB")
    reconcile_campaigns()
    assert Invitation.objects.count() == 2
