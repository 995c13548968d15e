"""Everything that takes its time, on one page: where it stands, how fast it goes, what to do when it stands still."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.campaigns.models import Campaign, Invitation, Message
from employees.models import RosterImport
from organisations.models import EvidenceJob, Membership, Organisation, User
from organisations.rules import Role
from reports.models import Report, ReportSchedule
from reports.rules.jobs import JobState, speed, state_of
from reports.services import request_report
from tests.pages import html

AT = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("waits", "quiet", "lease", "state"),
    [
        (True, 30, None, JobState.WAITING),
        (True, 121, None, JobState.STALLED),
        (False, 600, 5, JobState.RUNNING),
        (False, 600, -1, JobState.STALLED),
        (False, 600, None, JobState.RUNNING),
    ],
)
def test_what_stands_still_is_told_from_what_moves(waits: bool, quiet: int, lease: int | None, state: JobState) -> None:
    until = None if lease is None else AT + timedelta(seconds=lease)
    assert state_of(waits=waits, since=AT - timedelta(seconds=quiet), lease_until=until, now=AT) is state


def test_a_speed_is_what_was_measured_and_nothing_else() -> None:
    assert speed(0, 100, since=AT - timedelta(minutes=1), now=AT) is None
    assert speed(50, 100, since=AT - timedelta(seconds=4), now=AT) is None
    found = speed(25, 100, since=AT - timedelta(minutes=2), now=AT)
    assert found
    assert (found.per_minute, found.left) == (12.5, timedelta(minutes=6))


@pytest.fixture
def everything(organisation: Organisation, campaign: Campaign, invite: Callable[..., Invitation]) -> None:
    """A job of every kind, under way."""
    now = timezone.now()
    invite()
    request_report(organisation=organisation, campaign=campaign, user=None, now=now)
    RosterImport.objects.create(organisation=organisation, filename="ada-leaves.xlsx", file_sha256="", since=now)
    EvidenceJob.objects.create(organisation=organisation, kind="check", created_at=now)
    ReportSchedule.objects.create(organisation=organisation, campaign=campaign, rhythm="weekly")


@pytest.mark.usefixtures("everything")
def test_one_page_has_every_kind_of_job(signed_in: Callable[..., Client], django_assert_max_num_queries: Any) -> None:
    browser = signed_in(Role.ADMIN)
    browser.get("/o/acme/jobs/")
    with django_assert_max_num_queries(13):
        page = html(browser.get("/o/acme/jobs/"))
    for words in ("ada-leaves.xlsx", "Readiness: LinkedIn, winter", "Check of the evidence log", "Every Monday"):
        assert words in page
    assert page.count("Waiting for a worker") == 2  # of the report: its bar is named so, too
    assert 'hx-trigger="every 2s"' in page
    assert page.count('class="job"') == 4


@pytest.mark.usefixtures("everything")
def test_an_auditor_sees_no_name_of_a_file_and_no_button_that_is_not_theirs(signed_in: Callable[..., Client]) -> None:
    RosterImport.objects.update(state="failed", detail="ada@acme.example has no column")
    page = html(signed_in(Role.AUDITOR).get("/o/acme/jobs/"))
    assert "Roster import" in page
    assert "ada" not in page.lower().replace("standard", "")
    assert "/import/" not in page
    assert "Pause its mails" not in page


@pytest.mark.usefixtures("everything")
def test_jobs_that_stand_still_say_so_and_what_to_do(signed_in: Callable[..., Client]) -> None:
    long_ago = timezone.now() - timedelta(minutes=10)
    for model in (Report, RosterImport, EvidenceJob):
        model.objects.update(since=long_ago)
    Message.objects.update(due_at=long_ago)
    page = html(signed_in(Role.ADMIN).get("/o/acme/jobs/?show=failed"))
    assert page.count("> Stalled</span>") + page.count("</svg>Stalled</span>") == 4
    assert page.count("No worker has taken it up for two minutes") == 3
    assert "Mails are due, and none has gone out for minutes" in page


@pytest.mark.parametrize(("attempts", "minutes", "stalled"), [(0, 1, 0), (0, 12, 1), (1, 5, 0), (1, 12, 1)])
def test_a_commit_whose_worker_died_is_seen(
    signed_in: Callable[..., Client], organisation: Organisation, attempts: int, minutes: int, stalled: int
) -> None:
    """It renews no lease: that it should have ended long ago tells, on the jobs page and on the dashboard."""
    since, state = timezone.now() - timedelta(minutes=minutes), RosterImport.State.COMMITTING
    fields = {"organisation": organisation, "filename": "staff.csv", "file_sha256": "", "attempts": attempts}
    made = RosterImport.objects.create(**fields, state=state, since=since, created_at=since - timedelta(hours=1))
    browser = signed_in(Role.ADMIN)
    assert html(browser.get("/o/acme/jobs/?show=failed")).count("staff.csv") == stalled
    needs = html(browser.get("/o/acme/"))
    assert needs.count("Changing the roster has stopped") == stalled
    assert needs.count(f"/o/acme/people/import/{made.pk}/") == stalled


@pytest.mark.usefixtures("everything")
def test_each_group_shows_its_own(signed_in: Callable[..., Client], campaign: Campaign) -> None:
    browser = signed_in(Role.ADMIN)
    Report.objects.update(state="failed", detail="The engine ran out of memory.", finished_at=timezone.now())
    EvidenceJob.objects.update(state="done", read=1234, finished_at=timezone.now())
    failed = html(browser.get("/o/acme/jobs/?show=failed"))
    assert "The engine ran out of memory." in failed
    assert f"/o/acme/reports/{Report.objects.get().pk}/retry/" in failed
    assert "ada-leaves" not in failed
    assert "Whole: 1,234 entries read" in html(browser.get("/o/acme/jobs/?show=done"))
    part = html(browser.get("/o/acme/jobs/?show=running", headers={"HX-Request": "true"}))
    assert part.startswith("<section") or part.strip().startswith("<section")
    assert "ada-leaves.xlsx" in part
    assert "Check of the evidence log" not in part


@pytest.mark.usefixtures("everything")
def test_mails_have_a_speed_and_a_time_left(
    signed_in: Callable[..., Client], organisation: Organisation, campaign: Campaign, hire: Callable[..., Any]
) -> None:
    one, now = Message.objects.get(), timezone.now()
    fields = {"organisation": organisation, "campaign": campaign, "kind": "instruction"}
    for number in range(40):
        person = hire(f"P{number}", "GB")
        invitation = Invitation.objects.create(
            campaign=campaign, employee=person, country="GB", key_version=1, token_hash=str(number),
            closes_at=one.invitation.closes_at,
        )  # fmt: skip
        sent = {"state": "sent", "sent_at": now - timedelta(seconds=10 * number)} if number < 20 else {"due_at": now}
        Message.objects.create(invitation=invitation, **fields, **sent)
    page = html(signed_in(Role.ADMIN).get("/o/acme/jobs/"))
    assert "20 of 41 · 49 %" in page
    assert "6 mails a minute, about 3 minutes left" in page


def test_mails_that_reach_nobody_are_not_said_to_have_gone_out(
    signed_in: Callable[..., Client], invite: Callable[..., Invitation], settings: Any
) -> None:
    """Neither among the jobs nor on the campaign's page."""
    own, browser = f"/o/acme/campaigns/{invite().campaign_id}/", signed_in(Role.ADMIN)
    Message.objects.update(state="sent", sent_at=timezone.now())
    jobs = html(browser.get("/o/acme/jobs/"))
    assert "1 mail was written to a file on this machine, for nobody" in jobs
    assert "went out" not in jobs
    assert "No mail reaches anybody" in html(browser.get(own))
    settings.EMAIL_URL = "smtp://mail.example"
    assert "1 mail went out" in html(browser.get("/o/acme/jobs/"))
    assert "No mail reaches anybody" not in html(browser.get(own))


def test_works_council_mode_counts_no_mail_that_tells_who_answered(
    signed_in: Callable[..., Client], organisation: Organisation, invite: Callable[..., Invitation], settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://mail.example"
    invitation = invite()
    Message.objects.update(state="sent", sent_at=timezone.now())
    fields = {"organisation": organisation, "campaign": invitation.campaign, "invitation": invitation}
    Message.objects.create(kind="receipt", state="sent", sent_at=timezone.now(), **fields)
    browser = signed_in(Role.ADMIN)
    assert "2 mails went out" in html(browser.get("/o/acme/jobs/"))
    Organisation.objects.update(works_council_mode=True)
    assert "1 mail went out" in html(browser.get("/o/acme/jobs/"))


def test_an_auditor_counts_no_mail_that_tells_who_answered(
    signed_in: Callable[..., Client], organisation: Organisation, invite: Callable[..., Invitation], settings: Any
) -> None:
    """Nor on the campaign's own page, unless an owner lets them see the people."""
    settings.EMAIL_URL = "smtp://mail.example"
    invitation, now = invite(), timezone.now()
    Message.objects.update(state="sent", sent_at=now)
    fields = {"organisation": organisation, "campaign": invitation.campaign, "invitation": invitation}
    Message.objects.create(kind="receipt", state="sent", sent_at=now, **fields)
    Message.objects.create(kind="reminder", step=1, state="sent", sent_at=now, **fields)
    Message.objects.create(kind="reminder", step=2, state="queued", due_at=now + timedelta(days=3), **fields)
    jobs, own = "/o/acme/jobs/", f"/o/acme/campaigns/{invitation.campaign_id}/"
    browser = signed_in(Role.AUDITOR)
    page = html(browser.get(jobs))
    assert "1 mail went out" in page
    assert "wait" not in page.split('class="job"')[1].split("</section>")[0].lower()
    page = html(browser.get(own))
    assert 'max="1"' in page
    assert "Reminders sent" not in page
    assert "The next mail is due" not in page
    Membership.objects.filter(role="auditor").update(sees_names=True)
    assert "1 waits for its time" in html(browser.get(jobs))
    page = html(browser.get(own))
    assert 'max="4"' in page
    assert "Reminders sent" in page


def test_a_toast_says_once_what_became_of_my_job(
    signed_in: Callable[..., Client], organisation: Organisation, campaign: Campaign, invite: Callable[..., Invitation]
) -> None:
    invite()
    Message.objects.update(state="sent", sent_at=timezone.now())
    browser, url = signed_in(Role.ADMIN), "/o/acme/jobs/now/"
    assert 'hx-trigger="every 3s"' not in html(browser.get(url))
    user = User.objects.get(email="admin@acme.example")
    report = request_report(organisation=organisation, campaign=campaign, user=user, now=timezone.now())
    going = html(browser.get(url))
    assert 'hx-trigger="every 3s"' in going
    assert 'class="nav__count">1<' in going
    assert "toast" not in going.replace("#toasts", "")
    colleague = signed_in(Role.OWNER)
    assert 'hx-trigger="every 3s"' not in html(colleague.get(url))
    Report.objects.update(state="failed", detail="No.", finished_at=timezone.now())
    assert "It could not be made" in html(browser.get(url))
    assert 'class="toast' not in html(browser.get(url))
    assert 'class="toast' not in html(colleague.get(url))
    Report.objects.update(state="queued", since=timezone.now())
    browser.get(url)
    Report.objects.update(state="done", pages=3)
    watched = browser.get(url, headers={"HX-Current-URL": f"http://testserver/o/acme/reports/{report.pk}/"})
    assert 'class="toast' not in html(watched)


@pytest.mark.usefixtures("everything")
def test_the_bar_asks_for_nothing_that_is_long_over(
    signed_in: Callable[..., Client], django_assert_num_queries: Any
) -> None:
    """It is on every page: three queries say who looks, one whether there is anything to look at."""
    browser, url, now = signed_in(Role.ADMIN), "/o/acme/jobs/now/", timezone.now()
    assert 'class="nav__count">4<' in html(browser.get(url))
    RosterImport.objects.update(state="failed", finished_at=now - timedelta(days=2))
    Report.objects.update(state="failed", finished_at=now - timedelta(days=2))
    EvidenceJob.objects.update(state="done", finished_at=now)
    Message.objects.update(state="queued", due_at=now + timedelta(days=5))
    with django_assert_num_queries(4):
        assert "nav__count" not in html(browser.get(url))
    Report.objects.update(state="failed", finished_at=now)
    EvidenceJob.objects.update(problems=["It breaks."])
    with django_assert_num_queries(6):
        assert 'class="nav__count">2<' in html(browser.get(url))


def test_somebody_chooses_dense_pages_and_no_keys(signed_in: Callable[..., Client]) -> None:
    browser = signed_in(Role.ADMIN)
    assert "data-density" not in html(browser.get("/o/acme/jobs/"))
    for what in ("dense", "keys-off"):
        done = browser.post("/comfort/", {"what": what, "to": "on", "next": "/o/acme/jobs/"})
        assert (done.status_code, done["Location"]) == (302, "/o/acme/jobs/")
    assert 'data-density="dense" data-keys="off"' in html(browser.get("/o/acme/jobs/"))
    away = browser.post("/comfort/", {"what": "dense", "to": "", "next": "https://evil.example/"})
    assert away["Location"] == "/"
    assert "data-density" not in html(browser.get("/o/acme/jobs/"))
    assert browser.post("/comfort/", {"what": "sessionid", "to": "on"}).status_code == 404
