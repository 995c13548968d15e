"""What a file does not say, or says badly, takes nothing and nobody from the roster."""

from datetime import datetime

import pytest
from django.test import Client

from employees.lines import lines_of
from employees.models import Employee, RegionAlias, RosterImport
from employees.rules.dates import DateOrder, date_order, iso_date
from employees.rules.plan import Kind
from employees.rules.regions import Region
from employees.services import (
    ImportRefused,
    commit_import,
    finish_commit,
    read_again,
    request_commit,
    settle_rows,
    undo_import,
)
from organisations.models import Organisation
from organisations.rules import Role
from tests.employees.conftest import ADA, BOB, HEADER, Plan

NARROW = "Full Name,Work Email,Country"


def test_columns_that_a_file_lacks_keep_what_is_known(load: Plan, plan: Plan) -> None:
    load(f"{ADA},2020-01-31,de,US-CA", header=f"{HEADER},Start date,Language,State")
    (line,) = lines_of(plan("Ada Lovelace,ada@acme.example,France", header=NARROW, whole=False), Kind.CHANGE)
    assert line.changes == {"country": ("GB", "FR")}


def test_a_state_stays_where_the_file_has_no_states(load: Plan, plan: Plan) -> None:
    load("Ada,ada@acme.example,US,CA", header=f"{NARROW},State")
    assert plan("Ada,ada@acme.example,USA", header=NARROW).counts["untouched"] == 1


def test_a_date_that_cannot_be_read_takes_none_away(load: Plan, plan: Plan) -> None:
    header = f"{HEADER},Start date"
    load(f"{ADA},31.01.2020", header=header)
    assert plan(f"{ADA},01/02/2020", header=header).counts["untouched"] == 1
    assert plan(f"{ADA},", header=header).counts["changes"] == 1


@pytest.mark.parametrize("row", ['Bob,"Bob <bob@acme.example>",DE', "Bob,bob@,DE", "Bob,,DE"])
def test_without_numbers_a_refused_row_keeps_its_person_by_address_or_name(load: Plan, plan: Plan, row: str) -> None:
    load("Ada,ada@acme.example,GB", "Bob,bob@acme.example,DE", header=NARROW)
    counts = plan("Ada,ada@acme.example,GB", row, header=NARROW).counts
    assert (counts["rejected"], counts["leavers"]) == (1, 0)


def test_rows_swallowed_by_a_quotation_mark_are_no_leavers(load: Plan, plan: Plan) -> None:
    people = [f"{i},P{i},p{i}@acme.example,France,Sales,Active" for i in range(40)]
    load(*people)
    torn = [
        *people[:5],
        people[5].replace("Sales", '"Sales'),
        *people[6:8],
        people[8].replace("Sales", 'Sales"'),
        *people[9:],
    ]
    planned = plan(*torn)
    assert (planned.counts["leavers"], planned.counts["rejected"]) == (0, 1)
    (line,) = lines_of(planned, Kind.REJECTED)
    assert "quotation mark" in line.reason


def test_a_number_without_zeros_is_not_another_persons(load: Plan, plan: Plan) -> None:
    load("007,James,james@acme.example,GB,,Active", "008,Ann,ann@acme.example,GB,,Active")
    planned = plan("8,Ann,ann@acme.example,GB,,Active", "7,New,new@acme.example,FR,,Active")
    assert (planned.counts["joiners"], planned.counts["changes"], planned.counts["leavers"]) == (1, 0, 1)


def test_a_number_that_seems_to_be_somebody_elses_is_pointed_out(load: Plan, plan: Plan) -> None:
    load(ADA, BOB)
    lines = lines_of(plan("1,Eve,eve@acme.example,England,Engineering,Active", BOB.replace("Bob", "Rob")), Kind.CHANGE)
    assert ["somebody else" in line.reason for line in lines] == [True, False]


def test_people_may_be_renumbered(load: Plan, plan: Plan) -> None:
    load(ADA, BOB)
    (line, _) = lines_of(plan(ADA.replace("1,", "X1,", 1), BOB.replace("2,", "X2,", 1)), Kind.CHANGE)
    assert line.changes == {"external_id": ("1", "X1")}


def test_a_chain_of_refusals_ends_in_a_plan_that_can_be_committed(load: Plan, plan: Plan, now: datetime) -> None:
    load(ADA, BOB)
    planned = plan(
        ADA.replace("ada@", "bob@"), BOB.replace("bob@", "b2@").replace("Deutschland", "DACH"),
        "3,Cy,ada@acme.example,France,,Active",
    )  # fmt: skip
    assert (planned.counts["rejected"], planned.counts["review"]) == (2, 1)
    assert commit_import(roster_import=planned, now=now).state == "committed"


def test_a_plan_that_nobody_looked_at_is_not_carried_out(signed_in: object, plan: Plan, load: Plan) -> None:
    load(ADA, BOB)
    planned = plan("3,Cy,cy@acme.example,France,,Active", whole=False)
    browser: Client = signed_in(Role.ADMIN)  # type: ignore[operator]
    browser.post(
        f"/o/acme/people/import/{planned.pk}/columns/",
        {"covers": "whole", "encoding": "utf-8", "delimiter": ",", "header_row": "1"}
        | {
            f"column-{i}": name
            for i, name in enumerate(["external_id", "name", "email", "country", "department", "status"])
        },
    )
    browser.post(f"/o/acme/people/import/{planned.pk}/commit/", {"revision": "1", "leavers": "2"})
    planned.refresh_from_db()
    assert (planned.state, planned.counts["leavers"], planned.revision) == ("planned", 2, 2)
    assert Employee.objects.filter(status="active").count() == 2
    browser.post(f"/o/acme/people/import/{planned.pk}/commit/", {"revision": "2", "leavers": "2"})
    assert Employee.objects.filter(status="active").count() == 1


def test_what_is_left_to_settle_is_read_as_the_file_was(signed_in: object, load: Plan) -> None:
    header = "Full Name,Work Email,Country,Start date"
    done = load("A,a@acme.example,NY,13/04/2024", "B,b@acme.example,,03/04/2024", "C,c@acme.example,TX,", header=header)
    browser: Client = signed_in(Role.ADMIN)  # type: ignore[operator]
    browser.post(f"/o/acme/people/import/{done.pk}/rest/")
    rest = RosterImport.objects.latest("id")
    assert (rest.options["us_states"], rest.options["date_order"]) == (True, "day_first")


def test_nothing_of_the_columns_that_are_left_out_stays(load: Plan, now: datetime) -> None:
    done = load(f"{ADA},90000", header=f"{HEADER},Salary")
    undo_import(roster_import=done, now=now)
    done.refresh_from_db()
    assert "90000" not in str(done.detected)


def test_a_commit_that_breaks_goes_back_to_its_plan(plan: Plan, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(ADA)
    request_commit(roster_import=planned, leavers_confirmed=False, now=now)
    monkeypatch.setattr("employees.services.committing.insert_people", lambda *args: 1 / 0)
    finish_commit(import_id=planned.pk, now=now)
    planned.refresh_from_db()
    assert (planned.state, "nothing was changed" in planned.detail) == ("planned", True)


def test_a_commit_whose_workers_die_is_not_tried_for_ever(plan: Plan, now: datetime) -> None:
    planned = plan(ADA)
    request_commit(roster_import=planned, leavers_confirmed=False, now=now)
    RosterImport.objects.update(attempts=3)
    finish_commit(import_id=planned.pk, now=now)
    planned.refresh_from_db()
    assert (planned.state, Employee.objects.count()) == ("planned", 0)


def test_a_word_of_our_own_does_not_shadow_a_country_or_a_state(plan: Plan, organisation: Organisation) -> None:
    for spelling, place in {"ca": ("US", "US-CA"), "amer": ("US", "")}.items():
        RegionAlias.objects.create(
            organisation=organisation, spelling=spelling, written=spelling, country=place[0], subdivision=place[1]
        )
    rows = ["A,a@acme.example,CA,", "B,b@acme.example,AMER,NY"]
    places = {line.name: line.after for line in lines_of(plan(*rows, header=f"{NARROW},State"), Kind.JOINER)}
    assert [(p.country, p.subdivision) for p in places.values() if p] == [("CA", ""), ("US", "US-NY")]


@pytest.mark.parametrize("given", [{"written": "...", "region": "France"}, {"written": "Georgia", "region": "GA"}])
def test_a_settlement_that_says_nothing_sure_is_refused(signed_in: object, plan: Plan, given: dict[str, str]) -> None:
    planned = plan("1,Ada,ada@acme.example,Georgia,,Active", "2,Bob,bob@acme.example,...,,Active")
    browser: Client = signed_in(Role.ADMIN)  # type: ignore[operator]
    browser.post(f"/o/acme/people/import/{planned.pk}/settle/", given)
    planned.refresh_from_db()
    assert planned.counts["review"] == 2
    assert not RegionAlias.objects.exists()


def test_a_fix_for_a_row_goes_when_rows_move(plan: Plan) -> None:
    planned = plan("1,Ada,ada@acme.example,Georgia,,Active")
    settle_rows(roster_import=planned, regions={2: Region("GE")})
    RosterImport.objects.update(state="planned")
    read_again(roster_import=planned, options={"header_row": 2})
    planned.refresh_from_db()
    assert planned.fixes == {}


def test_an_ended_import_takes_no_more_words(load: Plan) -> None:
    with pytest.raises(ImportRefused, match="has ended"):
        read_again(roster_import=load(ADA))


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["24-01-15", "23-11-02"], DateOrder.UNKNOWN),
        (["03/04/2024 12:00 a.m."], DateOrder.UNKNOWN),
        (["03.04.24"], DateOrder.DAY_FIRST),
        (["12/31/24"], DateOrder.MONTH_FIRST),
    ],
)
def test_a_column_that_does_not_show_its_order_is_not_guessed(values: list[str], order: DateOrder) -> None:
    assert date_order(values) is order
    assert iso_date("24-01-15", DateOrder.DAY_FIRST) == ""
