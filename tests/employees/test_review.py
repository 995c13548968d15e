"""Unclear places: settled by somebody, for a word or for one row, and remembered."""

import csv
import io
from datetime import datetime

import pytest
from django.test import Client

from employees.models import Employee, RegionAlias, RosterImport
from organisations.models import EvidenceEntry
from organisations.rules import Role
from tests.employees.conftest import ADA, BOB, HEADER, Plan

GEORGIA = "3,Cy,cy@acme.example,Georgia,Sales,Active"
DEE = "4,Dee,dee@acme.example,Georgia,Sales,Active"


@pytest.fixture
def browser(signed_in: object) -> Client:
    return signed_in(Role.ADMIN)  # type: ignore[operator, no-any-return]


def settle(browser: Client, planned: RosterImport, **given: str) -> RosterImport:
    response = browser.post(f"/o/acme/people/import/{planned.pk}/settle/", given)
    assert response.status_code == 302
    planned.refresh_from_db()
    return planned


def test_one_answer_settles_every_row_that_says_the_same(browser: Client, plan: Plan) -> None:
    planned = settle(browser, plan(ADA, GEORGIA, DEE), written="Georgia", region="Georgia, US · US-GA")
    assert (planned.state, planned.counts["joiners"], planned.counts["review"]) == ("planned", 3, 0)


def test_the_answer_holds_for_the_next_file_and_is_in_the_evidence(browser: Client, plan: Plan) -> None:
    settle(browser, plan(GEORGIA), written="Georgia", region="US-GA")
    assert plan(GEORGIA).counts["joiners"] == 1
    entry = EvidenceEntry.objects.get(kind="roster.alias_set")
    assert (entry.facts, bool(entry.commitment)) == ({"region": "US-GA"}, True)


def test_it_can_be_forgotten(browser: Client, plan: Plan) -> None:
    settle(browser, plan(GEORGIA), written="Georgia", region="US-GA")
    assert "Georgia, United States" in browser.get("/o/acme/people/places/").content.decode()
    browser.post(f"/o/acme/people/places/{RegionAlias.objects.get().pk}/forget/")
    assert plan(GEORGIA).counts["review"] == 1


def test_one_row_alone_is_settled_and_not_remembered(browser: Client, plan: Plan) -> None:
    planned = settle(browser, plan(ADA, GEORGIA, DEE), row="3", region="US-GA")
    assert (planned.counts["joiners"], planned.counts["review"]) == (2, 1)
    assert not RegionAlias.objects.exists()


def test_a_typed_place_that_is_none_changes_nothing(browser: Client, plan: Plan) -> None:
    planned = settle(browser, plan(GEORGIA), written="Georgia", region="Atlantis")
    assert planned.counts["review"] == 1
    assert not RegionAlias.objects.exists()


def test_an_empty_place_is_settled_row_by_row(browser: Client, plan: Plan) -> None:
    planned = settle(browser, plan(ADA.replace("England", "")), row="2", region="France")
    assert (planned.counts["joiners"], planned.counts["review"]) == (1, 0)


def test_what_a_committed_import_left_over_is_settled_later(browser: Client, load: Plan) -> None:
    done = load(ADA, GEORGIA)
    response = browser.post(f"/o/acme/people/import/{done.pk}/rest/")
    rest = RosterImport.objects.latest("id")
    assert response["Location"] == f"/o/acme/people/import/{rest.pk}/"
    assert (rest.whole, rest.counts["review"], rest.counts["leavers"]) == (False, 1, 0)
    settle(browser, rest, written="Georgia", region="Georgia, US · US-GA")
    browser.post(f"/o/acme/people/import/{rest.pk}/commit/")
    assert sorted(Employee.objects.filter(status="active").values_list("name", "subdivision")) == [
        ("Ada Lovelace", ""),
        ("Cy", "US-GA"),
    ]


def test_rows_to_mend_come_in_the_files_own_columns_and_go_back_in(browser: Client, load: Plan, now: datetime) -> None:
    done = load(ADA, GEORGIA, BOB.replace("bob@acme.example", "no address"))
    sheet = browser.post(f"/o/acme/people/import/{done.pk}/to-mend.csv").content.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(sheet))
    assert header == [*HEADER.split(","), "Reason"]
    assert [row[0] for row in rows] == ["3", "2"]
    assert "could be GE, US-GA" in rows[0][-1]
    mended = sheet.replace("no address", "bob@acme.example").replace('"Georgia"', '"US-GA"')
    upload = io.BytesIO(mended.encode("utf-8-sig"))
    upload.name = "mended.csv"
    response = browser.post("/o/acme/people/import/", {"file": upload, "covers": "partial"})
    planned = RosterImport.objects.get(pk=int(response["Location"].split("/")[-2]))
    assert (planned.counts["joiners"], planned.counts["leavers"], planned.to_mend) == (2, 0, 0)


def test_columns_are_said_in_the_browser_and_remembered(browser: Client, plan: Plan) -> None:
    upload = io.BytesIO(b"Wer,Wohin,Wo\nAda,ada@acme.example,GB\n")
    upload.name = "odd.csv"
    response = browser.post("/o/acme/people/import/", {"file": upload, "covers": "whole"})
    made = RosterImport.objects.latest("id")
    assert made.state == "unmapped"
    page = browser.get(response["Location"]).content.decode()
    assert "Which column is which?" in page
    answer = {"column-0": "name", "column-1": "email", "column-2": "country", "covers": "whole", "encoding": "utf-8",
              "delimiter": ",", "header_row": "1", "date_order": ""}  # fmt: skip
    browser.post(f"/o/acme/people/import/{made.pk}/columns/", answer)
    made.refresh_from_db()
    assert (made.state, made.counts["joiners"]) == ("planned", 1)
    assert plan("Ada,ada@acme.example,GB", header="Wer,Wohin,Wo").counts["joiners"] == 1
