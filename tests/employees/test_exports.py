"""What leaves the product: no cell becomes a formula, and our own export read back changes nothing."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from employees.documents import TEMPLATE
from employees.gateways import roster_file
from employees.gateways.formats import FORMATS
from employees.lines import lines_of
from employees.models import Employee
from employees.queries import active_employees
from employees.resources import export_people
from employees.rules.plan import Kind
from employees.services import plan_file
from organisations.models import EvidenceEntry, Organisation
from organisations.rules import Role
from organisations.rules.cells import escaped, unescaped
from tests.employees.conftest import ADA, BOB, HEADER, Plan
from tests.employees.payloads import PAYLOADS


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_starts_as_a_formula_and_all_come_back(payload: str) -> None:
    safe = escaped(payload)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"))
    assert unescaped(safe) == payload


@pytest.fixture
def hostile(organisation: Organisation, hire: Callable[..., Employee]) -> Organisation:
    for number, text in enumerate(PAYLOADS):
        payload = text.replace("\0", "")  # which PostgreSQL does not hold
        hire(payload, "GB", email=f"p{number}@acme.example", department=payload, external_id=str(number))
    return organisation


def test_xlsx_holds_texts_only(hostile: Organisation) -> None:
    content = export_people(active_employees(hostile), "xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert not [name for name in names if "externalLink" in name or "vba" in name]


def test_ods_holds_texts_only(hostile: Organisation) -> None:
    content = export_people(active_employees(hostile), "ods")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        xml = archive.read("content.xml").decode()
    assert "table:formula" not in xml
    assert set(re.findall(r'office:value-type="(\w+)"', xml)) == {"string"}


def test_json_is_escaped_too(hostile: Organisation) -> None:
    rows = json.loads(export_people(active_employees(hostile), "json"))
    assert len(rows) == len(PAYLOADS)
    assert not [row for row in rows if row["Full name"].startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("extension", FORMATS)
def test_our_own_export_read_back_changes_nothing(extension: str, load: Plan, organisation: Organisation) -> None:
    load(
        f"{ADA},2020-01-31,de",
        f"{BOB.replace('Bob', '=1+1')},,",
        "-3,@Cy,cy@acme.example,US-CA,+Sales,Active,,zh-TW",
        header=f"{HEADER},Start date,Language",
    )
    file = roster_file(f"people.{extension}", export_people(active_employees(organisation), extension))
    planned = plan_file(organisation=organisation, file=file, user=None, now=datetime.now().astimezone())
    assert {kind: [line.changes for line in lines_of(planned, kind)] for kind in Kind} == {kind: [] for kind in Kind}
    assert planned.counts["untouched"] == 3


def test_an_export_is_of_what_the_list_shows_and_is_logged(signed_in: object, load: Plan) -> None:
    load(ADA, BOB)
    browser: Client = signed_in(Role.ADMIN)  # type: ignore[operator]
    response = browser.post("/o/acme/people/export/", {"format": "csv", "q": "ada", "country": ""})
    assert response["Content-Disposition"].startswith('attachment; filename="people-acme-')
    names = [row[1] for row in csv.reader(io.StringIO(response.content.decode("utf-8-sig")))]
    assert names == ["Full name", "Ada Lovelace"]
    facts = EvidenceEntry.objects.get(kind="roster.exported").facts
    assert (facts["format"], facts["people"]) == ("csv", 1)
    assert browser.post("/o/acme/people/export/", {"format": "exe"}).status_code == 404


def test_the_template_is_a_roster_of_nobody_whose_columns_are_all_known(
    signed_in: object, organisation: Organisation
) -> None:
    browser: Client = signed_in(Role.OWNER)  # type: ignore[operator]
    content = browser.get("/o/acme/people/import/template/").content
    file = roster_file("template.xlsx", content)
    planned = plan_file(organisation=organisation, file=file, user=None, now=datetime.now().astimezone())
    assert planned.counts["rows"] == 0
    assert len(planned.mapping) == len(TEMPLATE)


def test_the_plan_can_be_taken_away_whole(signed_in: object, load: Plan, plan: Plan) -> None:
    load(ADA, BOB)
    planned = plan(ADA.replace("England", "US-CA"), "3,Cy,cy@acme.example,Georgia,,Active", "4,Dee,,FR,,Active")
    browser: Client = signed_in(Role.OWNER)  # type: ignore[operator]
    content = browser.post(f"/o/acme/people/import/{planned.pk}/plan.xlsx").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = archive.read("xl/workbook.xml").decode()
        texts = "".join(archive.read(name).decode() for name in archive.namelist() if "/" in name)
    assert re.findall(r'<sheet name="(\w+)"', book) == ["Summary", "Join", "Change", "Leave", "Review", "Rejected"]
    for text in ("US-CA", "Bob", "could be GE, US-GA", "The e-mail address is empty."):
        assert text in texts
