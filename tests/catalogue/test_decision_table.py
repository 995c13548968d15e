"""Every policy × region × day against a table written from the facts, not from the code."""

import csv
from datetime import date

import pytest
from django.conf import settings

from compliance.catalogue.queries import catalogue as load
from compliance.catalogue.rules import Subject, resolve

TABLE = settings.BASE_DIR / "tests" / "catalogue" / "decisions.csv"


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def test_the_table_is_whole() -> None:
    found = rows()
    assert len(found) == 14 * 49 * 3
    assert len({(row["policy"], row["region"], row["on"]) for row in found}) == len(found)


@pytest.mark.parametrize("policy", sorted({row["policy"] for row in rows()}))
def test_decisions_are_as_the_facts_have_them(catalogue: None, policy: str) -> None:
    known, wrong = load(), []
    assert policy in known.versions
    for row in rows():
        if row["policy"] != policy:
            continue
        region = "" if row["region"] == "unknown" else row["region"]
        subject = Subject(region[:2], region if "-" in region else "")
        decisions = {item.policy: item for item in resolve(subject, date.fromisoformat(row["on"]), known)}
        found = decisions[policy]
        got = (found.version, found.status, found.advice, found.confidence, found.conflict)
        expected = (row["version"], row["status"], row["advice"], row["confidence"], row["conflict"])
        if got != expected:
            wrong.append((row["region"], row["on"], expected, got))
    assert not wrong, wrong[:10]
