"""Rosters as HR systems export them, each with the plan that a person would expect of it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from employees.gateways import RosterFile
from employees.lines import lines_of
from employees.models import RosterImport
from employees.rules.people import Person
from employees.rules.plan import Kind
from employees.services import plan_import, receive_file
from organisations.models import Organisation

CORPUS = Path(__file__).parent / "corpus"
EXPECTED = sorted(CORPUS.glob("*.expected.json"))
_FIELDS = [name for name in Person._fields if name != "attributes"]


def _roster(expected: Path) -> Path:
    name = expected.name.removesuffix(".expected.json")
    (found,) = [path for path in CORPUS.glob(f"{name}.*") if path != expected]
    return found


@pytest.fixture(params=EXPECTED, ids=lambda path: path.name.removesuffix(".expected.json"))
def case(
    request: pytest.FixtureRequest, organisation: Organisation, now: datetime
) -> tuple[dict[str, Any], RosterImport]:
    """(what is expected, the import as it stands after reading)."""
    expected = json.loads(request.param.read_text(encoding="utf-8"))
    path = _roster(request.param)
    file = RosterFile(path.name, path.read_bytes())
    made = receive_file(organisation=organisation, file=file, user=None, now=now, options=expected.get("options"))
    plan_import(import_id=made.pk, now=now)
    made.refresh_from_db()
    return expected, made


def test_every_roster_has_its_expectation() -> None:
    rosters = [path for path in CORPUS.iterdir() if not path.name.endswith((".expected.json", ".gitattributes"))]
    assert len(rosters) == len(EXPECTED) >= 40


def test_a_roster_is_read_as_a_person_would(case: tuple[dict[str, Any], RosterImport]) -> None:
    expected, made = case
    if "error" in expected:
        assert made.state in {RosterImport.State.FAILED, RosterImport.State.UNMAPPED}
        assert expected["error"].lower() in made.detail.lower()
        return
    assert made.state == RosterImport.State.PLANNED, made.detail
    people = {line.row: line.after._asdict() for line in lines_of(made, Kind.JOINER) if line.after}
    assert {row: {k: v for k, v in person.items() if k in _FIELDS} for row, person in people.items()} == {
        person["row"]: {name: person[name] for name in _FIELDS} for person in expected.get("people", [])
    }
    review = {line.row: line.place for line in lines_of(made, Kind.REVIEW)}
    assert review == {item["row"]: item["value"] for item in expected.get("review", [])}
    rejected = {line.row for line in lines_of(made, Kind.REJECTED)}
    assert rejected == {item["row"] for item in expected.get("rejected", [])}
    assert made.counts["already_left"] == len(expected.get("gone", []))


def test_how_it_was_read_is_told(case: tuple[dict[str, Any], RosterImport]) -> None:
    expected, made = case
    read = expected.get("read", {}) if "error" not in expected else {}
    names = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16"}
    told = {"header_row": made.detected.get("row"), **made.detected}
    for what, value in read.items():
        assert names.get(str(told[what]), told[what]) == names.get(str(value), value), what
