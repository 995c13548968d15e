"""The roster's way: file, plan, commit."""

import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from employees.gateways import UnreadableRoster, read_roster
from employees.lines import lines_of
from employees.models import Employee, RosterImport, RosterUpload
from employees.rules.plan import Kind, Line
from employees.services import ImportRefused, commit_import, discard_import
from organisations.models import EvidenceEntry, Organisation
from tests.counting import snapshot
from tests.employees.conftest import ADA, BOB, HEADER, Plan


def all_lines(planned: RosterImport) -> list[tuple[Kind, Line]]:
    return [(kind, line) for kind in Kind for line in lines_of(planned, kind)]


def test_a_plan_changes_nobody(plan: Plan) -> None:
    planned = plan(ADA, BOB)
    assert (planned.counts["joiners"], Employee.objects.count()) == (2, 0)


def test_commit_brings_joiners_movers_and_leavers(load: Plan) -> None:
    load(ADA, BOB)
    load(
        "1,Ada Lovelace,ada@acme.example,US-CA,Engineering,Active",
        "3,Cy,cy@acme.example,HKSAR,Sales,Active",
    )
    people = {p.external_id: (p.name, p.country, p.subdivision, p.status) for p in Employee.objects.all()}
    assert people == {
        "1": ("Ada Lovelace", "US", "US-CA", "active"),
        "2": ("Bob", "DE", "", "left"),
        "3": ("Cy", "HK", "", "active"),
    }


def test_a_changed_address_with_the_same_number_is_a_change(load: Plan) -> None:
    load(ADA)
    load(ADA.replace("ada@", "ada.king@"))
    person = Employee.objects.get()
    assert (person.external_id, person.email) == ("1", "ada.king@acme.example")


def test_the_same_file_again_changes_nothing(load: Plan, plan: Plan) -> None:
    load(ADA, BOB)
    counts = plan(ADA, BOB).counts
    assert (counts["joiners"], counts["changes"], counts["leavers"], counts["untouched"]) == (0, 0, 0, 2)


def test_somebody_who_comes_back_is_the_same_person(load: Plan) -> None:
    load(ADA, BOB)
    load(ADA)
    load(ADA, BOB)
    bob = Employee.objects.get(external_id="2")
    assert (Employee.objects.count(), bob.status, bob.left_at) == (2, "active", None)


def test_a_leavers_address_may_go_to_a_joiner(load: Plan) -> None:
    load(ADA, BOB)
    load(ADA, "9,Bob the Second,bob@acme.example,France,Sales,Active")
    assert Employee.objects.get(external_id="9").status == "active"
    assert Employee.objects.get(external_id="2").status == "left"


def test_duplicates_within_a_file_the_first_row_counts(plan: Plan) -> None:
    planned = plan(ADA, "1,Somebody Else,else@acme.example,France,Sales,Active", ADA)
    assert planned.counts["joiners"] == 1
    assert [line.reason for line in lines_of(planned, Kind.REJECTED)] == [
        "Row 2 has the same number 1; the first row counts.",
        "Row 2 has the same number 1; the first row counts.",
    ]


@pytest.mark.parametrize(
    ("row", "kind", "words"),
    [
        ("3,Cy,,France,,", "rejected", "address is empty"),
        ("3,Cy,cy.acme.example,France,,", "rejected", "not an e-mail address"),
        ('3,Cy,"cy@acme.example; eve@evil.example",France,,', "rejected", "not one plain address"),
        ('3,Cy,"Cy <cy@acme.example>",France,,', "rejected", "not one plain address"),
        ('3,Cy,"cy@acme.example\r\nBcc: eve@evil.example",France,,', "rejected", "not one plain address"),
        ("3,Cy,çy@acme.example,France,,", "rejected", "not an e-mail address"),
        ("3,,cy@acme.example,France,,", "rejected", "name is empty"),
        (f"3,{'x' * 1001},cy@acme.example,France,,", "rejected", "longer than 1,000"),
        ("3,Cy,cy@acme.example,,,", "review", "country is empty"),
        ("3,Cy,cy@acme.example,Georgia,,", "review", "could be GE, US-GA"),
        ("3,Cy,cy@acme.example,EMEA,,", "review", "group of countries"),
        ("3,Cy,cy@acme.example,Atlantis,,", "review", "not a country that we know"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(plan: Plan, row: str, kind: str, words: str) -> None:
    ((found, line),) = all_lines(plan(row))
    assert found == kind
    assert words in line.reason


def test_a_person_whose_row_became_unreadable_has_not_left(load: Plan) -> None:
    load(ADA, BOB)
    counts = load(ADA, BOB.replace("Deutschland", "DACH")).counts
    assert (counts["leavers"], counts["review"]) == (0, 1)
    assert Employee.objects.get(external_id="2").country == "DE"


def test_rows_of_people_who_left_make_no_joiners(load: Plan) -> None:
    counts = load(ADA, BOB.replace("Active", "Terminated")).counts
    assert (counts["joiners"], counts["already_left"]) == (1, 1)


def test_many_leavers_must_be_confirmed(load: Plan, plan: Plan, now: datetime) -> None:
    load(ADA, BOB)
    before = snapshot()
    planned = plan(ADA)
    with pytest.raises(ImportRefused, match="more than a tenth"):
        commit_import(roster_import=planned, now=now)
    planned.delete()
    assert snapshot() == before


def test_a_plan_made_before_another_commit_is_refused(load: Plan, plan: Plan, now: datetime) -> None:
    stale = plan(ADA)
    load(BOB)
    with pytest.raises(ImportRefused, match="changed since this plan"):
        commit_import(roster_import=stale, leavers_confirmed=True, now=now)
    assert [p.name for p in Employee.objects.all()] == ["Bob"]


def test_a_plan_is_committed_once(plan: Plan, now: datetime) -> None:
    planned = plan(ADA)
    commit_import(roster_import=planned, now=now)
    with pytest.raises(ImportRefused, match="committed already"):
        commit_import(roster_import=planned, now=now)


def test_personal_lines_go_when_a_plan_ends(plan: Plan, now: datetime) -> None:
    planned = plan(ADA)
    discard_import(roster_import=planned, now=now)
    planned.refresh_from_db()
    assert (planned.state, planned.chunks.count(), RosterUpload.objects.count()) == ("discarded", 0, 0)


def test_a_commit_leaves_evidence_without_names(load: Plan) -> None:
    load(ADA)
    entry = EvidenceEntry.objects.get(kind="roster.imported")
    assert entry.facts["joiners"] == 1
    assert "ada" not in json.dumps(entry.facts).lower()


def table(content: bytes, **options: object) -> tuple[list[str], list[tuple[object, ...]]]:
    """(headers, (row number, *cells) of each row) as the reader finds them."""
    with read_roster("staff.csv", [content], options) as stream:
        rows = [
            (n, *cells) for numbers, columns, *_ in stream.frames() for n, *cells in zip(numbers, *columns, strict=True)
        ]
        return stream.head["headers"], rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp1250"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    text = "Name,Work Email,Country\nZoë Größe,zoe@acme.example,Österreich".replace(",", delimiter)
    headers, rows = table(text.encode(encoding))
    assert headers == ["Name", "Work Email", "Country"]
    assert rows == [(2, "Zoë Größe", "zoe@acme.example", "Österreich")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b" ", "is empty"),
        (b"PK\x03\x04rest", "damaged"),
        (b"a,b\n\x00\x81\xff", "not text"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"<html><table>", "web page"),
        (b'{"a": 1}', "not a list of people"),
    ],
)
def test_a_file_that_is_no_roster_says_what_it_is(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableRoster, match=words):
        table(content)


def test_json_escapes_that_no_database_holds_are_taken_out() -> None:
    _, rows = table(rb'[{"name": "A\u0000da \ud800", "email": "ada@acme.example", "country": "GB"}]')
    assert rows == [(2, "Ada ?", "ada@acme.example", "GB")]


def test_missing_columns_are_named(plan: Plan) -> None:
    with pytest.raises(ImportRefused, match="no column for: work e-mail, country"):
        plan("Ada", header="Full Name")


def test_command_dry_run_prints_json_and_writes_nothing(organisation: Organisation, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("\n".join([HEADER, ADA, "3,Cy,cy@acme.example,Remote,,"]))
    before, out = snapshot(), io.StringIO()
    call_command("import_roster", path, organisation="acme", dry_run=True, json=True, stdout=out)
    printed = json.loads(out.getvalue())
    assert (printed["committed"], printed["counts"]["joiners"], printed["counts"]["review"]) == (False, 1, 1)
    assert printed["lines"][0]["reason"] == "“Remote” names no country: say which one."
    assert snapshot() == before


def test_command_imports_and_names_a_wrong_organisation(organisation: Organisation, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("\n".join([HEADER, ADA]))
    call_command("import_roster", path, organisation="acme", stdout=io.StringIO())
    assert Employee.objects.count() == 1
    with pytest.raises(CommandError, match="no organisation 'nobody'"):
        call_command("import_roster", path, organisation="nobody")


def test_a_person_whose_row_repeats_anothers_address_has_not_left(load: Plan) -> None:
    load(ADA, BOB)
    counts = load(ADA, BOB.replace("bob@", "ada@")).counts
    assert (counts["rejected"], counts["leavers"]) == (1, 0)


@pytest.mark.parametrize("swapped", ["addresses", "numbers"])
def test_two_people_may_swap(load: Plan, swapped: str) -> None:
    load(ADA, BOB)
    if swapped == "addresses":
        load(ADA.replace("ada@", "bob@"), BOB.replace("bob@", "ada@"))
        expected = {("1", "Ada Lovelace", "bob@acme.example"), ("2", "Bob", "ada@acme.example")}
    else:
        load(ADA.replace("1,", "2,", 1), BOB.replace("2,", "1,", 1))
        expected = {("2", "Ada Lovelace", "ada@acme.example"), ("1", "Bob", "bob@acme.example")}
    assert set(Employee.objects.filter(status="active").values_list("external_id", "name", "email")) == expected


def test_an_address_may_be_handed_on(load: Plan) -> None:
    load(ADA, BOB)
    load(ADA.replace("ada@", "bob@"), BOB.replace("bob@", "bob.new@"))
    people = dict(Employee.objects.values_list("external_id", "email"))
    assert people == {"1": "bob@acme.example", "2": "bob.new@acme.example"}


def test_a_new_hire_without_a_number_is_nobody_else(load: Plan) -> None:
    load(ADA)
    load(ADA.replace("ada@", "ada.new@"), ",New Hire,ada@acme.example,France,Sales,Active")
    assert set(Employee.objects.values_list("external_id", "name", "email")) == {
        ("1", "Ada Lovelace", "ada.new@acme.example"),
        ("", "New Hire", "ada@acme.example"),
    }


def test_an_address_of_somebody_under_review_is_not_given_away(load: Plan) -> None:
    load(ADA)
    counts = load(ADA.replace("England", "DACH"), "9,New Hire,ada@acme.example,France,Sales,Active").counts
    assert (counts["review"], counts["rejected"], counts["joiners"]) == (1, 1, 0)
    assert Employee.objects.get().email == "ada@acme.example"


def test_a_german_surname_column_called_name(plan: Plan) -> None:
    ((_, line),) = all_lines(plan("Müller,Eva,eva@acme.example,Deutschland", header="Name,Vorname,E-Mail,Land"))
    assert line.name == "Eva Müller"


def test_of_two_equal_headers_the_first_counts(plan: Plan) -> None:
    ((_, line),) = all_lines(plan("Ada,ada@acme.example,GB,Germany", header="Name,Email,Country,Country"))
    assert line.after
    assert line.after.country == "GB"


def test_excels_note_on_the_delimiter_is_no_header() -> None:
    headers, rows = table(b"sep=;\r\nName;Work Email;Country\r\nAda;ada@acme.example;GB\r\n")
    assert (headers, rows[0][0]) == (["Name", "Work Email", "Country"], 3)


def test_a_number_that_is_too_long_is_rejected(plan: Plan) -> None:
    ((kind, line),) = all_lines(plan(f"{'9' * 101},Cy,cy@acme.example,France,,"))
    assert (kind, "too long" in line.reason) == (Kind.REJECTED, True)


def test_utf8_with_one_broken_byte_is_not_garbled_but_refused() -> None:
    lines = ["Name,E-mail,Country", *(f"Jürgen Müller {i},m{i}@acme.example,Österreich" for i in range(50))]
    content = "\n".join(lines).encode()
    with pytest.raises(UnreadableRoster, match="broken in line 4"):
        table(content.replace(b"M\xc3\xbcller 2,", b"M\xc3ller 2,"))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ernő Szűcs,Győr,Kovács János,Erdős Zoltán,Nagy Ödön,Tóth Ágnes", "cp1250"),
        ("Łukasz Wiśniewski,Małgorzata Dąbrowska,Święty Ździsław", "cp1250"),
        ("Thérèse Lefèvre,Jürgen Groß,José Muñoz,Søren Ångström,Nuño Peña", "cp1252"),
        ("ﾀﾅｶ ﾀﾛｳ,ｽｽﾞｷ ﾊﾅｺ,東京", "cp932"),
    ],
)
def test_an_encoding_without_a_mark_is_told_by_its_words(text: str, encoding: str) -> None:
    rows = [f"{name},p{i}@acme.example,France" for i, name in enumerate(text.split(","))]
    _, found = table("\n".join(["Name,E-mail,Country", *rows]).encode(encoding))
    assert [row[1] for row in found] == text.split(",")


def test_a_long_cell_cannot_hold_up_the_search_for_addresses(plan: Plan) -> None:
    rows = [f"a,b,c,d,e{i}" for i in range(60)]
    with pytest.raises(ImportRefused, match="no column for"):
        plan(*rows, f"a,a@{'.' * 150_000}@,c,d,e", header="p,q,r,s,t")
