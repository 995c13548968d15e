"""Scheduled reports: due once, made up once, mailed once, compared with the one before; and files that go in time."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from compliance.campaigns.models import Campaign
from compliance.campaigns.services import close_campaign, start_campaign
from employees.models import Employee
from organisations.models import EvidenceEntry, Membership, Organisation, User
from organisations.rules import Role
from organisations.services import add_member, set_reporting
from reports.models import Report, ReportMail, ReportSchedule, ScheduledRun
from reports.rules import Paper, Rhythm, Sending, differences, due
from reports.rules.schedules import local
from reports.services import announce, build_report, forget_old_files, run_due, send_due_reports, set_schedule
from reports.tasks import sweep_schedules

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 23, 5, 59, tzinfo=UTC)  # a minute before seven in Berlin; the clock changes on the 29th


def _due(
    rhythm: Rhythm,
    since: datetime,
    now: datetime,
    *,
    zone: ZoneInfo = BERLIN,
    effective: Iterable[date] = (),
    ended: datetime | None = None,
) -> list[tuple[str, datetime]]:
    found = due(rhythm, zone, since=since, now=now, effective=effective, ended=ended)
    return [(item.key, item.at) for item in found]


def test_mondays_at_seven_whatever_the_clock_does() -> None:
    assert _due(Rhythm.WEEKLY, MONDAY - timedelta(days=6), MONDAY) == []
    winter = datetime(2026, 3, 23, 6, tzinfo=UTC)
    assert _due(Rhythm.WEEKLY, MONDAY, MONDAY + timedelta(minutes=1)) == [("2026-03-23", winter)]
    summer = datetime(2026, 3, 30, 5, tzinfo=UTC)
    assert _due(Rhythm.WEEKLY, winter, summer) == [("2026-03-30", summer)]
    assert _due(Rhythm.WEEKLY, winter, summer - timedelta(seconds=1)) == []
    assert _due(Rhythm.MONTHLY, winter, datetime(2026, 4, 1, 5, tzinfo=UTC))[0][0] == "2026-04-01"


def test_of_missed_weeks_only_the_last_is_made_and_none_after_the_end() -> None:
    later = MONDAY + timedelta(days=40)
    assert [key for key, _ in _due(Rhythm.WEEKLY, MONDAY, later)] == ["2026-04-27"]
    assert [key for key, _ in _due(Rhythm.WEEKLY, MONDAY, later, ended=MONDAY + timedelta(days=9))] == ["2026-03-30"]


def test_milestones_each_once_in_order() -> None:
    since, change = datetime(2026, 5, 1, tzinfo=UTC), date(2026, 5, 20)
    ended = datetime(2026, 6, 1, tzinfo=UTC)
    found = _due(Rhythm.MILESTONES, since, ended, effective=[change, change], ended=ended)
    assert [key for key, _ in found] == ["before 2026-05-20", "change 2026-05-20", "end"]
    assert found[1][1] == datetime(2026, 5, 20, 5, tzinfo=UTC)
    assert _due(Rhythm.MILESTONES, since, since + timedelta(days=14), effective=[change])[0][0] == "before 2026-05-20"
    assert len(_due(Rhythm.MILESTONES, since + timedelta(days=15), ended, effective=[change])) == 1


@given(
    st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana", "UTC"]
    ),
    st.integers(0, 3650 * 24 * 60),
    st.lists(st.integers(1, 60 * 24 * 30), min_size=1, max_size=30),
    st.sampled_from([Rhythm.WEEKLY, Rhythm.MONTHLY]),
)
def test_however_often_one_looks_each_day_is_due_once(name: str, start: int, steps: list[int], rhythm: Rhythm) -> None:
    zone, since = ZoneInfo(name), datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    now, keys = since, []
    for minutes in steps:
        now += timedelta(minutes=minutes)
        for key, at in _due(rhythm, since, now, zone=zone):
            keys.append(key)
            since = at
            assert at <= now
            assert at == local(date.fromisoformat(key), zone)
    assert keys == sorted(set(keys))


def _figures(step: int, **total: int) -> dict[str, Any]:
    zeros = dict.fromkeys(("asked", "confirmed", "declined", "open", "counted", "informed"), 0)
    return {"step": step, "total": zeros | total}


def test_differences_of_values_that_both_show() -> None:
    before, now = _figures(5, asked=20, confirmed=5), _figures(5, asked=22, confirmed=10, declined=5)
    assert differences(now, before) == {
        "asked": 2, "confirmed": 5, "declined": None, "open": None, "counted": None, "informed": 0,
    }  # fmt: skip
    assert differences(_figures(1, asked=3, confirmed=2), _figures(1, asked=3))["confirmed"] == 2
    assert differences(now, _figures(1, asked=20, confirmed=5))["confirmed"] is None


# --- With rows -------------------------------------------------------------------------------------------------------


@pytest.fixture
def started(campaign: Campaign, hire: Callable[..., Employee]) -> Campaign:
    for number in range(6):
        hire(f"Ada {number}", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    Campaign.objects.update(closes_at=timezone.now() + timedelta(days=60))
    return Campaign.objects.get()


@pytest.fixture
def members(organisation: Organisation, now: datetime) -> dict[Role, User]:
    return {
        role: add_member(organisation=organisation, email=f"{role}@x.example", role=role, now=now).user for role in Role
    }


def scheduled(campaign: Campaign, members: dict[Role, User], **fields: Any) -> ReportSchedule:
    given = {"rhythm": Rhythm.WEEKLY, "sending": Sending.LINK, "recipients": list(members.values())} | fields
    return set_schedule(
        organisation=campaign.organisation, campaign=campaign, language="en", paper=Paper.A4, user=members[Role.OWNER],
        now=timezone.now(), **given,
    )  # fmt: skip


def _next(schedule: ReportSchedule, weeks: int = 0) -> datetime:
    """A moment after the schedule's next Monday, and so many weeks more."""
    return timezone.now() + timedelta(days=8 + 7 * weeks)


def _make(schedule: ReportSchedule, at: datetime) -> Report:
    (number,) = run_due(schedule=schedule, now=at)
    build_report(report_id=number, now=at)
    return Report.objects.get(pk=number)


def test_a_due_report_is_made_and_mailed_once_to_those_who_may(
    started: Campaign, members: dict[Role, User], bells: list[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    schedule = scheduled(started, members)
    assert schedule.recipients.count() == 3  # a helper makes no reports
    at = _next(schedule)
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    sweep_schedules()
    sweep_schedules()
    report = Report.objects.get()
    assert report.as_of <= at
    assert report.as_of.astimezone(schedule.organisation.zone).hour == 7
    build_report(report_id=report.pk, now=at)
    Membership.objects.filter(user=members[Role.ADMIN]).update(role=Role.HELPER)
    for _ in range(2):
        sweep_schedules()
        send_due_reports(now=at)
    assert sorted(mail.to[0] for mail in outbox.outbox) == ["auditor@x.example", "owner@x.example"]
    first = outbox.outbox[0]
    assert f"/o/acme/reports/{report.pk}/" in first.body
    assert not first.attachments
    assert ReportMail.objects.get(user=members[Role.ADMIN]).state == "dropped"
    assert EvidenceEntry.objects.filter(kind="report.mailed").count() == 2


def test_missed_weeks_are_made_up_once_and_compared(
    started: Campaign,
    members: dict[Role, User],
    signed_in: Callable[..., Client],
    settings: Any,
    hire: Callable[..., Employee],
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    schedule = scheduled(started, members, sending=Sending.ATTACHMENT, recipients=[members[Role.AUDITOR]])
    _make(schedule, _next(schedule))
    Report.objects.update(
        figures={**Report.objects.get().figures, "total": {**Report.objects.get().figures["total"], "asked": 4}}
    )
    assert run_due(schedule=schedule, now=_next(schedule)) == []
    late = _next(schedule, weeks=4)
    report = _make(schedule, late)
    assert ScheduledRun.objects.count() == 2
    for run in ScheduledRun.objects.order_by("id"):
        announce(run=run, now=late)
    assert send_due_reports(now=late) == 2
    assert outbox.outbox[1].attachments[0][0] == report.name_of("pdf")
    assert "Since the report before it:\n  Asked: +2" in outbox.outbox[1].body
    page = signed_in(Role.AUDITOR).get("/o/acme/reports/schedules/").content.decode()
    assert "Asked: +2" in page


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_one_report(catalogue: None, started: Campaign, members: dict[Role, User]) -> None:
    schedule = scheduled(started, members)
    at, made, ready = _next(schedule), list[int](), threading.Barrier(4)

    def work() -> None:
        ready.wait()
        made.extend(run_due(schedule=ReportSchedule.objects.get(pk=schedule.pk), now=at))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(made) == Report.objects.count() == ScheduledRun.objects.count() == 1


def test_a_server_that_refuses_is_tried_again(started: Campaign, members: dict[Role, User], settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        9,
    )
    schedule = scheduled(started, members, recipients=[members[Role.OWNER]])
    report = _make(schedule, _next(schedule))
    run, now = ScheduledRun.objects.get(), timezone.now()
    waiting = ReportMail.objects.create(run=run, user=members[Role.OWNER], due_at=now)
    assert send_due_reports(now=now) == 0
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts, waiting.due_at) == ("queued", 1, now + timedelta(minutes=1))
    assert "ConnectionRefusedError" in waiting.detail
    ReportMail.objects.update(attempts=11)
    send_due_reports(now=now + timedelta(minutes=2))
    waiting.refresh_from_db()
    assert (waiting.state, report.state) == ("failed", "done")


def test_a_campaign_that_ends_early_has_its_milestone_then_and_no_more_weeks(
    started: Campaign, members: dict[Role, User]
) -> None:
    weekly, milestones = scheduled(started, members), scheduled(started, members, rhythm=Rhythm.MILESTONES)
    close_campaign(campaign=started, now=timezone.now())
    now = timezone.now()
    for schedule in (weekly, milestones):
        schedule.refresh_from_db()
    assert run_due(schedule=milestones, now=now)
    assert ScheduledRun.objects.get().key == "end"
    assert run_due(schedule=milestones, now=now + timedelta(days=1)) == []


def test_a_schedule_is_set_and_ended_on_its_page(
    started: Campaign, members: dict[Role, User], signed_in: Callable[..., Client]
) -> None:
    browser, url = signed_in(Role.AUDITOR), reverse("report-schedules", args=["acme"])
    wrong = browser.post(
        url, {"campaign": started.pk, "rhythm": "weekly", "sending": "link", "language": "en", "paper": "A4"}
    )
    assert wrong.status_code == 422
    assert "Choose at least one member." in wrong.content.decode()
    helper = {"recipients": [members[Role.HELPER].pk]}
    given = {"campaign": started.pk, "rhythm": "monthly", "sending": "attachment", "language": "de", "paper": "A4"}
    assert browser.post(url, given | helper).status_code == 422
    assert browser.post(url, given | {"recipients": [members[Role.OWNER].pk]}).status_code == 302
    schedule = ReportSchedule.objects.get()
    assert browser.post(reverse("report-schedule-end", args=["acme", schedule.pk])).status_code == 302
    assert run_due(schedule=schedule, now=timezone.now()) == []
    kinds = EvidenceEntry.objects.filter(kind__startswith="report.schedule").order_by("seq")
    assert list(kinds.values_list("kind", flat=True)) == ["report.schedule_set", "report.schedule_ended"]


def test_files_go_after_their_days_and_the_log_says_so(
    started: Campaign, members: dict[Role, User], signed_in: Callable[..., Client], organisation: Organisation,
    django_capture_on_commit_callbacks: Any, settings: Any,
) -> None:  # fmt: skip
    schedule = scheduled(started, members)
    report = _make(schedule, _next(schedule))
    half = Path(settings.MEDIA_ROOT) / f"reports/{organisation.pk}/{report.pk}-dead.pdf"
    half.write_bytes(b"half")
    later = timezone.now() + timedelta(days=31)
    assert forget_old_files(now=later) == 0  # for good, unless somebody says so
    owner = members[Role.OWNER]
    set_reporting(organisation=organisation, time_zone="", report_days=30, user=owner, now=timezone.now())
    assert forget_old_files(now=timezone.now() + timedelta(days=29)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_old_files(now=later) == 1
    assert forget_old_files(now=later) == 0
    assert list(half.parent.iterdir()) == []
    page = signed_in(Role.OWNER).get(reverse("report", args=["acme", report.pk])).content.decode()
    assert "Its files were deleted" in page
    assert report.sha256 in page
    assert EvidenceEntry.objects.get(kind="report.files_deleted").facts == {"report": report.pk, "files": 4}


def test_settings_of_reports_say_what_is_wrong(organisation: Organisation, signed_in: Callable[..., Client]) -> None:
    browser, url = signed_in(Role.OWNER), reverse("settings-reports", args=["acme"])
    wrong = browser.post(url, {"time_zone": "Berlin", "report_days": "3"}).content.decode()
    assert "Berlin is no time zone. Write it like Europe/Berlin." in wrong
    browser.post(url, {"time_zone": "Europe/Berlin", "report_days": "400"})
    organisation.refresh_from_db()
    assert (organisation.zone, organisation.report_days) == (BERLIN, 400)
