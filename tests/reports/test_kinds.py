"""Each kind of report against plain counting, and what it may not tell."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import page
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.attestations.services.erasing import erase_person
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Letter, Message
from compliance.campaigns.services import send_again, start_campaign
from compliance.campaigns.services.delivery import deliver_due
from compliance.catalogue.models import PolicyVersion
from employees.models import Employee
from organisations.models import EvidenceEntry
from organisations.rules import Role
from reports.gateways import render_pdf
from reports.kinds import comparison, region
from reports.localised import number
from reports.models import Report
from reports.press.job import Job
from reports.queries import dispatches, mails, readiness
from reports.rules import Paper, ReportKind, Wanted, side_by_side
from reports.services import build_report, request_report, retry_report
from reports.wording import shown
from tests.conftest import give
from tests.reports.test_figures import at, hour, person, versions, write
from tests.reports.test_report import text_of

__all__ = ["versions"]  # a fixture
TOLD = ("instruction", "reminder", "link")


@pytest.fixture
def sent(campaign: Campaign, hire: Callable[..., Employee]) -> Campaign:
    """14 people in GB, 6 in DE, 2 in LI, 3 in IS, 6 in the US; the first mails are out, some have answered."""
    for country, people in {"GB": 14, "DE": 6, "LI": 2, "IS": 3, "US": 6}.items():
        for index in range(people):
            hire(f"Zoë {country} {index}", country, email=f"{country}{index}@acme.example".lower())
    start_campaign(campaign=campaign, now=timezone.now())
    deliver_due()
    asked = AttestationRequest.objects.filter(collection_mode="named").order_by("id")
    for turn, request in enumerate(asked):
        if answer := ["switched_off_now", "already_off", "left_on", ""][turn % 4]:
            give(request.invitation, answer)
    return campaign


def made(campaign: Campaign, language: str = "en", paper: str = "A4", as_of: Any = None, **wanted: Any) -> Report:
    report = request_report(
        organisation=campaign.organisation, campaign=campaign, user=None, now=timezone.now(), as_of=as_of,
        language=language, paper=Paper(paper), wanted=Wanted(**wanted),
    )  # fmt: skip
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    return report


def rows_of(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((report.path_of("csv") or Path()).read_text("utf-8-sig"))))


# --- Figures ---------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(people=st.lists(person, max_size=10), hours=hour)
def test_mails_equal_a_count_by_hand(
    versions: list[PolicyVersion], people: list[dict[str, Any]], hours: int
) -> None:  # fmt: skip
    campaign, as_of = write(people, versions), at(hours)
    Message.objects.update(created_at=at(0))
    expected: dict[tuple[str, int], Counter[str]] = {}
    fates: Counter[str] = Counter()
    for mail in Message.objects.all():
        if mail.campaign_id != campaign.pk or mail.kind not in TOLD:
            continue
        counts = expected.setdefault((mail.kind, mail.step), Counter())
        counts["made"] += 1
        fate = "waiting"
        if mail.sent_at is not None and mail.sent_at <= as_of:
            back = mail.bounced_at is not None and mail.bounced_at <= as_of
            counts.update({"handed_over": 1, "returned": int(back), "unknown": int(mail.state == "unknown")})
            fate = "returned" if back else "unknown" if mail.state == "unknown" else "handed_over"
        fates[fate] += 1
    names = ("made", "handed_over", "returned", "unknown")
    assert {
        (item.kind.value, item.step): {name: getattr(item, name) for name in names}
        for item in dispatches(campaign, as_of, names=True)
    } == {key: {name: counts[name] for name in names} for key, counts in expected.items()}
    listed = list(mails(campaign, as_of, names=True))
    assert Counter(mail.outcome for mail in listed) == fates
    alone = list(mails(campaign, as_of, names=False))
    assert {mail.kind for mail in alone} <= {"instruction"}
    assert all(not mail.name and not mail.address for mail in alone)


@settings(max_examples=25)
@given(people=st.lists(person, min_size=1, max_size=40), earlier=hour, later=hour)
def test_a_comparison_and_a_sheet_show_what_single_reports_show(
    versions: list[PolicyVersion], people: list[dict[str, Any]], earlier: int, later: int
) -> None:  # fmt: skip
    """Every number of a comparison is a number of one of the two reports; a change is their difference."""
    campaign = write(people, versions)
    old, new = (readiness(campaign, at(hours), 5) for hours in (earlier, later))
    one, two = (comparison.Side("", "", found) for found in (old, new))
    sides = [{row.codes: row.figures for row in found.regions} for found in (old, new)]
    for pair in side_by_side(old.regions, new.regions):
        assert (pair.earlier, pair.later) == (sides[0].get(pair.codes), sides[1].get(pair.codes))
        if pair.earlier and pair.later:
            assert (pair.later.confirmed - pair.earlier.confirmed) % 5 == 0
    for index, found in enumerate((old, new)):
        texts = {
            (number(row.figures.asked), shown(row.figures.confirmed, row.figures.asked, 5))
            for row in (*found.regions, *found.departments, *found.languages)
        } | {
            (number(item.figures.asked), shown(item.figures.confirmed, item.figures.asked, 5))
            for item in found.policies
        }
        for _heading, _first, lines in comparison._tables(one, two):
            for line in lines:
                assert line.asked[index] == "–" or (line.asked[index], line.confirmed[index]) in texts
    for country in ("GB", "DE", "FR", "LI"):
        rows = [row for row in new.regions if country in row.codes]
        if rows:
            assert region.row_of(new, country) is rows[0]


# --- Campaign evidence -----------------------------------------------------------------------------------------------


def test_evidence_lists_first_mails_without_anybody_and_keeps_its_standard(sent: Campaign) -> None:
    report = made(sent, kind=ReportKind.CAMPAIGN)
    assert report.state == "done", report.detail
    text, rows = text_of(report.path), rows_of(report)
    firsts = Message.objects.filter(kind="instruction")
    assert len(rows) == 31
    assert {row["Number of the mail"] for row in rows} == {str(mail.public_id) for mail in firsts}
    for mail in firsts:
        assert text.count(str(mail.public_id)) == 1
    assert "Zoë" not in text
    assert "gb3@acme.example" not in text
    assert "Zoë" not in str(rows)
    places = Counter(row["Country"] for row in rows)
    assert places["a smaller country"] == 5
    assert places["United Kingdom"] == 14
    assert not {"Liechtenstein", "Iceland"} & set(places)
    assert f"Page {report.pages} of {report.pages}" in text
    assert [item.rule_id for item in page.validate_pdf(report.path, profile="3u").failures] == []
    assert not list(report.path.parent.glob("*.rows*"))
    assert made(sent, as_of=report.as_of, kind=ReportKind.CAMPAIGN).sha256 == report.sha256


def test_reminders_and_receipts_are_neither_listed_nor_counted_without_names(sent: Campaign) -> None:
    some = Invitation.objects.filter(country="GB")
    letter = Letter.objects.create(
        organisation=sent.organisation,
        sha256="5" * 64,
        language="en",
        subject="Only for the silent",
        text="x",
        html="x",
    )
    for turn, invitation in enumerate(some):
        kind = ("reminder", "receipt", "help", "link")[turn % 4]
        Message.objects.create(
            organisation=sent.organisation, campaign=sent, invitation=invitation, kind=kind,
            step=1 if kind == "reminder" else 0, state="sent", sent_at=timezone.now(), letter=letter,
        )  # fmt: skip
    report = made(sent, kind=ReportKind.CAMPAIGN)
    assert len(rows_of(report)) == 31
    assert [(item["kind"], item["made"]) for item in report.figures["mails"]] == [("instruction", 31)]
    assert {item["kind"] for item in report.figures["texts"]} == {"instruction"}
    assert "Only for the silent" not in text_of(report.path)
    board = made(sent)
    assert board.figures["mails"]["sent"] == 31


def test_a_text_that_few_people_got_is_left_out(sent: Campaign) -> None:
    """It names their country, and may say what its only reader told."""
    for mail in Message.objects.filter(invitation__country="LI"):
        mail.letter = Letter.objects.create(
            organisation=sent.organisation,
            sha256="6" * 64,
            language="de",
            subject="Nur an eine Person",
            text="x",
            html="x",
        )
        mail.save()
        break
    report = made(sent, kind=ReportKind.CAMPAIGN)
    text = text_of(report.path)
    assert "Nur an eine Person" not in text
    assert "more texts went to fewer people" in text


@pytest.mark.usefixtures("blank_pages")
def test_being_sent_again_changes_no_earlier_figure(sent: Campaign) -> None:
    """Who got the first mail twice are those who had not answered: its time stays that of the first."""
    before = timezone.now()
    earlier = made(sent, as_of=before, kind=ReportKind.CAMPAIGN)
    board = made(sent, as_of=before)
    sent.refresh_from_db()
    send_again(campaign=sent, which="unanswered", now=timezone.now())
    deliver_due()
    assert Message.objects.filter(sent_at__gt=before).exists()
    for was, again in (
        (earlier, made(sent, as_of=before, kind=ReportKind.CAMPAIGN)),
        (board, made(sent, as_of=before)),
    ):
        assert rows_of(was) == rows_of(again)
    now = made(sent, kind=ReportKind.CAMPAIGN)
    assert [row["Handed over (UTC)"] for row in rows_of(now)] == [row["Handed over (UTC)"] for row in rows_of(earlier)]


def test_a_comparison_goes_forward(sent: Campaign, signed_in: Callable[..., Client], bells: list[Any]) -> None:
    at = timezone.now().isoformat()
    wanted = {"campaign": sent.pk, "kind": "comparison", "as_of": at, "compared_as_of": at}
    said = signed_in(Role.AUDITOR).post("/o/acme/reports/new/", wanted, follow=True).content.decode()
    assert "Choose an instant before the one up to which answers count." in said


def test_names_are_for_owners_and_admins_and_every_opening_is_logged(
    sent: Campaign, signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    auditor, owner = signed_in(Role.AUDITOR), signed_in(Role.OWNER)
    wanted = {"campaign": sent.pk, "kind": "campaign", "names": "on"}
    refused = auditor.post("/o/acme/reports/new/", wanted, follow=True).content.decode()
    assert "Names are for owners and admins." in refused
    assert not Report.objects.exists()
    owner.post("/o/acme/reports/new/", wanted)
    report = Report.objects.get()
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert report.state == "done", report.detail
    text = text_of(report.path)
    assert text.count("Zoë GB 3") == 1
    assert "Confidential" in text
    for address in (f"/o/acme/reports/{report.pk}/", f"/o/acme/reports/{report.pk}/download/"):
        assert auditor.get(address).status_code == 404
    assert f"reports/{report.pk}/" not in auditor.get("/o/acme/reports/").content.decode()
    before = EvidenceEntry.objects.filter(kind="named_data.seen").count()
    opened = owner.get(f"/o/acme/reports/{report.pk}/download/")
    assert b"".join(opened.streaming_content)[:4] == b"%PDF"  # type: ignore[attr-defined]
    assert EvidenceEntry.objects.filter(kind="named_data.seen").count() == before + 1


def test_where_answers_are_counted_without_names_no_report_lists_any(
    sent: Campaign, signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    AttestationRequest.objects.filter(invitation__country="DE").update(
        collection_mode="anonymous_count", answer="", answered_at=None
    )
    shown = signed_in(Role.OWNER).post(
        "/o/acme/reports/new/", {"campaign": sent.pk, "kind": "campaign", "names": "on"}, follow=True
    )
    assert "counted without names" in shown.content.decode()
    report = made(sent, kind=ReportKind.CAMPAIGN, names=True)
    assert (report.state, "counted without names" in report.detail, report.files) == ("failed", True, {})


def test_a_list_too_long_for_paper_is_in_the_sheets(sent: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.kinds.campaign.MOST_ANNEX_ROWS", 30)
    report = made(sent, kind=ReportKind.CAMPAIGN)
    text = text_of(report.path)
    assert "Rows of the list: 31, more than the 30 that are printed." in text
    assert "Annex A: every mail" not in text
    assert len(rows_of(report)) == 31
    assert report.files["csv"]["sha256"] in text.replace(" ", "")


# --- Region sheet and comparison -------------------------------------------------------------------------------------


def test_a_region_sheet_has_the_boards_figures_and_merges_as_it_does(sent: Campaign) -> None:
    board, sheet = made(sent), made(sent, kind=ReportKind.REGION, country="GB")
    assert sheet.state == "done", sheet.detail
    row = next(item for item in board.figures["regions"] if item["codes"] == ["GB"])
    assert sheet.figures["region"] == row
    assert "United Kingdom" in text_of(sheet.path)
    small = made(sent, kind=ReportKind.REGION, country="LI")
    assert small.figures["region"]["codes"] == ["IS", "LI"]
    assert "too few people were asked to show it alone: Iceland." in text_of(small.path)
    told = made(sent, kind=ReportKind.REGION, country="US")
    assert "6 people were informed and not asked" in text_of(told.path)
    nobody = made(sent, kind=ReportKind.REGION, country="JP")
    assert (nobody.state, "Nobody in JP" in nobody.detail) == ("failed", True)


def test_a_comparison_of_two_instants_has_the_figures_of_both_reports(sent: Campaign) -> None:
    earlier, later = timezone.now(), timezone.now() + timedelta(seconds=1)
    first = made(sent, as_of=earlier)
    for invitation in Invitation.objects.filter(country__in=["GB", "DE"]):
        give(invitation, "already_off")
    later = timezone.now()
    second = made(sent, as_of=later)
    compared = made(sent, as_of=later, kind=ReportKind.COMPARISON, compared_as_of=earlier)
    assert compared.state == "done", compared.detail
    for side, report in (("earlier", first), ("later", second)):
        for table in ("total", "regions", "departments", "languages"):
            assert compared.figures[side][table] == report.figures[table]
    assert "Readiness is higher" in text_of(compared.path)
    nobody = made(sent, as_of=later, kind=ReportKind.COMPARISON, compared_as_of=earlier - timedelta(days=1))
    said = text_of(nobody.path)
    assert "Nothing to compare: nobody had been asked in" in said
    assert "2 Method and definitions" in said
    same = made(sent, as_of=later, kind=ReportKind.COMPARISON)
    assert (same.state, "another campaign or another instant" in same.detail) == ("failed", True)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"kind": "region", "country": "JP"}, "Choose a country"),
        ({"kind": "region"}, "Choose a country"),
        ({"kind": "comparison"}, "Choose another campaign, or an earlier instant"),
        ({"kind": "comparison", "compared_as_of": "2999-01-01T00:00"}, "up to now"),
        ({"kind": "comparison", "compared_as_of": "2019-01-01T00:00"}, "before, nobody had been asked"),
        ({"kind": "nonsense"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_reason(
    wanted: dict[str, str], says: str, sent: Campaign, signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    shown = signed_in(Role.AUDITOR).post("/o/acme/reports/new/", {"campaign": sent.pk, **wanted}, follow=True)
    assert says in shown.content.decode()
    assert shown.redirect_chain[-1][0] == f"/o/acme/reports/?kind={wanted['kind']}"
    assert not Report.objects.exists()


@pytest.mark.parametrize("kind", ["campaign", "region", "comparison"])
def test_each_kind_has_its_form_and_can_be_had_in_german_on_letter(
    kind: str, sent: Campaign, signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    browser = signed_in(Role.ADMIN)
    form = browser.get(f"/o/acme/reports/?kind={kind}").content.decode()
    assert f'name="kind" value="{kind}"' in form
    before = timezone.now().isoformat()
    wanted = {"campaign": sent.pk, "kind": kind, "country": "DE", "compared_as_of": before, "language": "de"}
    browser.post("/o/acme/reports/new/", wanted | {"paper": "Letter"})
    report = Report.objects.get()
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert report.state == "done", report.detail
    text = text_of(report.path)
    own = text.split("Richtlinien und Quellen")[0]
    for english in ("Asked", "people", "Readiness", "Page ", "Summary", "mail ", "handed"):
        assert english not in own, (english, own)
    again = browser.get(f"/o/acme/reports/{report.pk}/").content.decode()
    assert f'name="kind" value="{kind}"' in again


def test_a_report_that_fails_leaves_no_file(sent: Campaign, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def draw(job: Job, **arguments: Any) -> None:
        assert Path(job.annexes[0].rows).stat().st_size
        render_pdf(job, **arguments, time_limit=0)

    monkeypatch.setattr("reports.services.making.render_pdf", draw)
    report = made(sent, kind=ReportKind.CAMPAIGN)
    assert report.state == "failed"
    assert list((tmp_path / "files" / "reports" / str(report.organisation_id)).iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_whoever_is_erased_is_in_no_list_of_names(sent: Campaign) -> None:
    report, board = made(sent, kind=ReportKind.CAMPAIGN, names=True), made(sent)
    paths = [report.path_of(name) or Path() for name in ("pdf", "xlsx", "csv", "json")]
    assert all(path.is_file() for path in paths)
    person = Employee.objects.get(email="gb3@acme.example")
    erase_person(organisation=sent.organisation, employee=person, user=None, now=timezone.now())
    report.refresh_from_db()
    assert (report.state, report.files, "was erased" in report.detail) == ("failed", {}, True)
    assert not any(path.exists() for path in paths)
    assert (board.path_of("pdf") or Path()).is_file()
    assert retry_report(report=report, now=timezone.now())
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    text = text_of(report.path)
    assert "Zoë GB 4" in text
    assert "Zoë GB 3" not in text
