"""The sample rosters against a count made without the product's code."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.utils import timezone

from employees.gateways import roster_file
from employees.models import Employee, RosterImport
from employees.services import commit_import, plan_file
from organisations.models import Organisation
from organisations.rules import Role

SAMPLES = settings.BASE_DIR / "samples"
# Read off the file by hand.
UNCLEAR = {"Georgia", "EMEA", "Remote", "DACH", "Jersey", ""}
ADDRESS = re.compile(r"[a-z0-9.'-]+@nordwind\.example")


def usable_rows(path: Path) -> list[dict[str, str]]:
    """Rows that an import must take: present staff, one good address, a name, a clear country, not seen before."""
    taken: list[dict[str, str]] = []
    for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))):
        good = ADDRESS.fullmatch(row["Work Email"]) and row["Full Name"] and row["Country"] not in UNCLEAR
        known = any(row["Personnel No."] == t["Personnel No."] or row["Work Email"] == t["Work Email"] for t in taken)
        if good and not known and row["Employment Status"] != "Terminated":
            taken.append(row)
    return taken


def import_sample(organisation: Organisation, name: str, now: datetime) -> dict[str, int]:
    file = roster_file(name, (SAMPLES / name).read_bytes())
    planned = plan_file(organisation=organisation, file=file, user=None, now=now)
    counts: dict[str, int] = commit_import(roster_import=planned, now=now).counts
    return counts


def test_first_roster(organisation: Organisation, now: datetime) -> None:
    counts = import_sample(organisation, "roster.csv", now)
    expected = usable_rows(SAMPLES / "roster.csv")
    assert counts["joiners"] == len(expected) == 287
    assert {e.external_id for e in Employee.objects.all()} == {row["Personnel No."] for row in expected}
    assert Employee.objects.values("country").distinct().count() >= 20


def test_two_months_later(organisation: Organisation, now: datetime) -> None:
    import_sample(organisation, "roster.csv", now)
    counts = import_sample(organisation, "roster-two-months-later.csv", now)
    before = {row["Personnel No."] for row in usable_rows(SAMPLES / "roster.csv")}
    after = {row["Personnel No."] for row in usable_rows(SAMPLES / "roster-two-months-later.csv")}
    assert counts["joiners"] == len(after - before)
    assert counts["leavers"] == len(before - after) == 11
    # England → Scotland among them keeps its country; New York → Illinois moves within one.
    assert counts["region_moves"] == 10


def test_a_formula_is_kept_as_text(organisation: Organisation, now: datetime) -> None:
    import_sample(organisation, "roster.csv", now)
    assert Employee.objects.get(name__startswith="=HYPERLINK").name == '=HYPERLINK("http://evil.example","x")'


def test_a_new_installation_may_take_the_sample_once(
    signed_in: Callable[..., Client], organisation: Organisation
) -> None:
    browser, upload = signed_in(Role.ADMIN), "/o/acme/people/import/"
    assert "Use invented people" in browser.get(upload).content.decode()
    browser.post(f"{upload}sample/")
    planned = RosterImport.objects.get()
    assert planned.counts["joiners"] > 250
    commit_import(roster_import=planned, now=timezone.now())
    assert "Use invented people" not in browser.get(upload).content.decode()
    again = browser.post(f"{upload}sample/", follow=True)
    assert "There are people on the roster already" in again.content.decode()
    assert RosterImport.objects.count() == 1
