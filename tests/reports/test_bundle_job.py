"""A bundle's making as a job: how far it is, how it ends, who follows a worker that dies, when its file goes."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from organisations.here import unscoped
from organisations.models import EvidenceCheckpoint, EvidenceEntry, Organisation
from organisations.rules import Role
from reports.gateways import Stopped
from reports.models import Report, ReportBundle
from reports.services import (
    build_bundle,
    cancel_bundle,
    forget_old_report_bundles,
    release_expired_bundles,
    request_bundle,
)
from reports.services.erased_names import forget_lists_of_names
from reports.services.forgetting import delete_files
from reports.tasks import make_bundle, sweep_reports
from tests.organisations.evidence import without_triggers
from tests.reports.test_bundle import fetched, report

__all__ = ["report"]


@pytest.fixture
def bundle(report: Report, signed_in: Callable[..., Client]) -> ReportBundle:
    signed_in(Role.AUDITOR).post(f"/o/acme/reports/{report.pk}/bundle/new/")
    return ReportBundle.objects.get()


def part(browser: Client, report: Report) -> str:
    return browser.get(f"/o/acme/reports/{report.pk}/bundle/", headers={"HX-Request": "true"}).content.decode()


def zips(report: Report) -> list[Path]:
    return list((Path(settings.MEDIA_ROOT) / "reports" / str(report.organisation_id)).glob("*-bundle-*"))


def build(bundle: ReportBundle) -> ReportBundle:
    build_bundle(bundle_id=bundle.pk, now=timezone.now())
    bundle.refresh_from_db()
    return bundle


def test_asked_for_twice_it_is_made_once_and_the_page_says_how_far_it_is(
    report: Report, bundle: ReportBundle, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(Role.AUDITOR)
    browser.post(f"/o/acme/reports/{report.pk}/bundle/new/")
    assert ReportBundle.objects.count() == 1
    assert "Waiting for a worker" in part(browser, report)
    assert 'hx-get="/o/acme/reports/' in browser.get(f"/o/acme/reports/{report.pk}/").content.decode()
    said: list[str] = []
    monkeypatch.setattr("organisations.services.proving._TOLD", 1)
    real = part

    class Looking:
        """Stands for the clock of a long log: at each step somebody looks at the page."""

        def __call__(self) -> Any:
            said.append(real(browser, report))
            return timezone.now()

    monkeypatch.setattr("reports.services.bundle_jobs.timezone", type("Clock", (), {"now": staticmethod(Looking())}))
    build(bundle)
    assert bundle.state == "done", bundle.detail
    assert any("Reading the log for the proofs" in page for page in said)
    assert any("Packing the files" in page for page in said)
    assert "hx-get" not in part(browser, report)
    assert bundle.sha256 in part(browser, report)
    assert (bundle.read, bundle.total) == (EvidenceCheckpoint.objects.order_by("-seq")[0].seq,) * 2
    assert not build_bundle(bundle_id=bundle.pk, now=timezone.now())


def test_cancelled_while_it_is_made_leaves_no_file_and_can_be_made_again(
    report: Report, bundle: ReportBundle, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(Role.AUDITOR)

    def cancelled(*_arguments: object) -> list[int]:
        browser.post(f"/o/acme/reports/{report.pk}/bundle/cancel/")
        return []

    with monkeypatch.context() as patch:
        patch.setattr("reports.services.bundles.entries_about", cancelled)
        assert build(bundle).state == "cancelled"
    assert zips(report) == []
    assert "The bundle was cancelled" in part(browser, report)
    assert not cancel_bundle(report=report, now=timezone.now())
    again = browser.post(f"/o/acme/reports/{report.pk}/bundle/cancel/", follow=True)
    assert "This bundle has ended already." in again.content.decode()
    assert browser.get(f"/o/acme/reports/{report.pk}/bundle/download/").status_code == 404
    assert fetched(browser, report)[:2] == b"PK"


def test_a_report_without_its_files_or_its_log_has_no_bundle(
    report: Report, bundle: ReportBundle, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(Role.AUDITOR)
    with without_triggers():
        EvidenceEntry.objects.filter(seq=2).update(kind="x")
        EvidenceCheckpoint.objects.all().delete()
    assert build(bundle).state == "failed"
    assert "The evidence log is damaged" in part(browser, report)
    browser.post(f"/o/acme/reports/{report.pk}/bundle/new/")
    report.path.unlink()
    make_bundle(ReportBundle.objects.latest("pk").pk)
    assert "The files of this report are not kept any more." in part(browser, report)
    Report.objects.update(files={}, file="")
    answer = browser.post(f"/o/acme/reports/{report.pk}/bundle/new/", follow=True)
    assert "while its files are kept" in answer.content.decode()
    assert ReportBundle.objects.count() == 2
    assert not EvidenceEntry.objects.filter(kind="report.bundle_downloaded").exists()
    assert zips(report) == []


def test_what_goes_wrong_is_said(
    report: Report, bundle: ReportBundle, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_arguments: object) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("reports.services.bundle_jobs.write_report_bundle", full)
        assert build(bundle).state == "failed"
    said = part(signed_in(Role.AUDITOR), report)
    assert "Something went wrong while making this bundle." in said
    assert "Try again" in said
    assert zips(report) == []


def test_a_worker_that_dies_is_followed_by_another(
    report: Report, bundle: ReportBundle, bells: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    now = timezone.now()
    left = Path(settings.MEDIA_ROOT) / "reports" / str(report.organisation_id) / f"{report.pk}-bundle-0-dead.zip"
    left.write_bytes(b"half")
    for attempt in (1, 2):
        ReportBundle.objects.update(state="running", lease_until=now, attempts=attempt)
        assert release_expired_bundles(now=now + timedelta(seconds=1)) == 1
    bells.clear()
    with django_capture_on_commit_callbacks(execute=True):
        sweep_reports()
    assert ("reports.tasks.make_bundle", {"bundle_id": bundle.pk}) in bells
    assert build(bundle).state == "done"
    assert [path.name for path in zips(report)] == [Path(bundle.file).name]
    ReportBundle.objects.update(state="running", lease_until=now, attempts=3)
    assert release_expired_bundles(now=now + timedelta(seconds=1)) == 0
    bundle.refresh_from_db()
    assert bundle.detail == "Every worker that tried to make this bundle died."


def test_it_is_a_job_like_any_other(report: Report, bundle: ReportBundle, signed_in: Callable[..., Client]) -> None:
    browser, url = signed_in(Role.AUDITOR), "/o/acme/jobs/?show="
    assert "Evidence bundle of a report" in browser.get(f"{url}running").content.decode()
    assert 'hx-trigger="every 3s"' in browser.get("/o/acme/jobs/now/").content.decode()  # it is mine
    ReportBundle.objects.update(since=timezone.now() - timedelta(minutes=3))
    page = browser.get(f"{url}failed").content.decode()
    assert "No worker has taken it up for two minutes" in page
    assert f"/o/acme/reports/{report.pk}/bundle/cancel/" in page
    assert "Making an evidence bundle has stopped" in browser.get("/o/acme/").content.decode()
    ReportBundle.objects.update(state="queued", since=timezone.now())
    build(bundle)
    assert "Ready: " in browser.get("/o/acme/jobs/now/").content.decode()  # the toast
    assert "Evidence bundle of a report" in browser.get(f"{url}done").content.decode()
    Report.objects.update(names=True)
    assert "Evidence bundle of a report" not in browser.get(url).content.decode()


def test_half_a_bundle_has_a_name_of_its_own_and_is_cleared_once_its_worker_is_dead(
    report: Report, bundle: ReportBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*, out: Any, **_arguments: object) -> str:
        out.write(b"half")
        out.flush()
        assert [path.suffix for path in zips(report)] == [".part"]
        with unscoped("the clock's work meanwhile is about everybody's files"):
            forget_old_report_bundles(now=timezone.now())
        left.extend((path.name, path.read_bytes()) for path in zips(report))
        raise Stopped

    left: list[tuple[str, bytes]] = []
    with monkeypatch.context() as patch:
        patch.setattr("reports.services.bundle_jobs.write_report_bundle", killed)
        build(bundle)
    assert [content for _, content in left] == [b"half"]  # while its worker lived
    assert zips(report) == []
    folder = Path(settings.MEDIA_ROOT) / "reports" / str(report.organisation_id)
    (folder / left[0][0]).write_bytes(b"half")  # as a worker leaves it that was killed
    ReportBundle.objects.update(state="queued", claim=None)
    forget_old_report_bundles(now=timezone.now())
    assert zips(report) == []
    assert build(bundle).state == "done"
    forget_old_report_bundles(now=timezone.now())
    assert [path.name for path in zips(report)] == [Path(bundle.file).name]
    assert report.path.exists()


def test_it_goes_after_a_day_and_the_one_before_when_another_is_asked_for(
    report: Report, bundle: ReportBundle, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(Role.OWNER)
    build(bundle)
    fetched(browser, report)
    assert len(zips(report)) == 1
    assert forget_old_report_bundles(now=timezone.now()) == 0
    assert forget_old_report_bundles(now=timezone.now() + timedelta(days=2)) == 1
    assert zips(report) == []
    assert browser.get(f"/o/acme/reports/{report.pk}/bundle/download/").status_code == 404
    assert "Make the evidence bundle" in part(browser, report)


def test_it_goes_with_the_files_of_its_report_also_while_it_is_made(
    report: Report,
    bundle: ReportBundle,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """As when somebody in a list of names is erased."""
    Report.objects.update(names=True)
    build(bundle)
    with django_capture_on_commit_callbacks(execute=True):
        forget_lists_of_names(campaign_id=report.campaign_id)
    assert zips(report) == []
    Report.objects.update(state="done", files=report.files)

    def erased(**_arguments: object) -> str:
        with django_capture_on_commit_callbacks():
            forget_lists_of_names(campaign_id=report.campaign_id)
        return "0" * 64

    another = request_bundle(report=report, user=bundle.requested_by, now=timezone.now())  # type: ignore[arg-type]
    assert another
    monkeypatch.setattr("reports.services.bundle_jobs.write_report_bundle", erased)
    assert build(another).state == "failed"
    assert another.detail == "The files of this report went while the bundle was made."
    assert zips(report) == []
    delete_files(report.organisation_id, report.pk)


def test_a_bundle_with_names_is_seen_and_hidden_as_its_report_is(
    report: Report, bundle: ReportBundle, organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    build(bundle)
    Report.objects.update(names=True)
    url = f"/o/acme/reports/{report.pk}/bundle/download/"
    assert signed_in(Role.AUDITOR).get(url).status_code == 404
    shown = signed_in(Role.OWNER).get(url)
    assert (shown.status_code, b"".join(shown.streaming_content)[:2]) == (200, b"PK")  # type: ignore[attr-defined]
    assert EvidenceEntry.objects.filter(kind="named_data.seen", facts__page="a report").count() == 1
    Organisation.objects.update(works_council_mode=True)
    assert signed_in(Role.OWNER).get(url).status_code == 404
