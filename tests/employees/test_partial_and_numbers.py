"""Files of some people only, numbers that lost their zeros, columns that somebody keeps."""

from employees.lines import lines_of
from employees.models import ColumnChoice, Employee
from employees.rules.plan import Kind
from organisations.models import Organisation
from tests.employees.conftest import ADA, BOB, HEADER, Plan


def test_of_a_partial_file_nobody_else_leaves(load: Plan) -> None:
    load(ADA, BOB)
    counts = load("3,Cy,cy@acme.example,France,Sales,Active", whole=False).counts
    assert (counts["joiners"], counts["leavers"]) == (1, 0)
    assert Employee.objects.filter(status="active").count() == 3


def test_a_partial_file_may_say_that_somebody_left(load: Plan) -> None:
    load(ADA, BOB)
    assert load(BOB.replace("Active", "Terminated"), whole=False).counts["leavers"] == 1
    assert Employee.objects.get(external_id="2").status == "left"


def test_a_partial_file_takes_no_address_from_somebody_who_is_not_in_it(load: Plan, plan: Plan) -> None:
    load(ADA, BOB)
    planned = plan("3,Cy,bob@acme.example,France,Sales,Active", whole=False)
    (line,) = lines_of(planned, Kind.REJECTED)
    assert line.reason == "Bob has this address or number, and this file does not change that."


def test_a_number_that_lost_its_zeros_is_still_the_same(load: Plan, plan: Plan) -> None:
    load(ADA.replace("1,", "0001,", 1), BOB.replace("2,", "0002,", 1))
    counts = plan(ADA, BOB).counts
    assert (counts["joiners"], counts["leavers"], counts["untouched"]) == (0, 0, 2)


def test_an_unreadable_row_whose_number_lost_its_zeros_is_no_resignation(load: Plan, plan: Plan) -> None:
    load(ADA.replace("1,", "0001,", 1), BOB.replace("2,", "0002,", 1))
    counts = plan(ADA, BOB.replace("Deutschland", "DACH")).counts
    assert (counts["leavers"], counts["review"], counts["untouched"]) == (0, 1, 1)


def test_case_makes_no_difference_between_numbers(load: Plan, plan: Plan) -> None:
    load(ADA.replace("1,", "E-1a,", 1))
    planned = plan(ADA.replace("1,", "e-1A,", 1).replace("ada@", "ada.king@"), ADA.replace("1,", "E-1A,", 1))
    assert (planned.counts["joiners"], planned.counts["changes"], planned.counts["rejected"]) == (0, 1, 1)


def test_numbers_with_and_without_zeros_are_two_people_where_both_exist(load: Plan) -> None:
    load(ADA, BOB.replace("2,", "01,", 1))
    counts = load(ADA, BOB.replace("2,", "01,", 1)).counts
    assert counts["untouched"] == 2


def test_a_column_is_kept_where_somebody_says_so(load: Plan, plan: Plan, organisation: Organisation) -> None:
    ColumnChoice.objects.create(organisation=organisation, header="cost centre", meaning="keep")
    header = f"{HEADER},Cost centre,Salary"
    load(f"{ADA},CC 7,90000", header=header)
    assert Employee.objects.get().attributes == {"Cost centre": "CC 7"}
    assert plan(f"{ADA},CC 7,95000", header=header).counts["untouched"] == 1
    (line,) = lines_of(plan(f"{ADA},CC 8,95000", header=header), Kind.CHANGE)
    assert line.changes == {"attributes": ('{"Cost centre": "CC 7"}', '{"Cost centre": "CC 8"}')}


def test_somebodys_word_on_a_column_comes_before_its_name(plan: Plan, organisation: Organisation) -> None:
    ColumnChoice.objects.create(organisation=organisation, header="country", meaning="")
    ColumnChoice.objects.create(organisation=organisation, header="posted to", meaning="country")
    (line,) = lines_of(plan(f"{ADA},Japan", header=f"{HEADER},Posted to"), Kind.JOINER)
    assert line.after
    assert line.after.country == "JP"


def test_start_dates_are_stored(load: Plan) -> None:
    load(f"{ADA},31.01.2020", header=f"{HEADER},Start date")
    assert str(Employee.objects.get().started_on) == "2020-01-31"
