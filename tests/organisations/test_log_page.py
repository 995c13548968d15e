"""The log's page: who did, saw and exported what; found by kind, person, day, number."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from organisations.models import EvidenceEntry, Organisation
from organisations.rules import Role
from organisations.rules.log_words import GROUPS, WORDS
from organisations.services import Event, add_member, append_evidence
from tests.organisations.test_evidence_docs import appended

LOG, EXPORT = reverse("log", args=["acme"]), reverse("log-export", args=["acme"])


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-13-01"])
def test_a_day_that_cannot_be_is_refused_in_words(signed_in: Callable[..., Client], day: str) -> None:
    for name in ("since", "until"):
        response = signed_in(Role.AUDITOR).get(LOG, {name: day})
        assert response.status_code in {200, 422}
        assert response.context["form"].errors


def happen(organisation: Organisation, kind: str, at: datetime, **facts: Any) -> None:
    append_evidence(organisation=organisation, events=[Event(kind, facts)], now=at)


def text(browser: Client, **search: Any) -> str:
    response = browser.get(LOG, search)
    assert response.status_code == 200
    return str(response.content.decode())


def lines(browser: Client, **search: Any) -> list[int]:
    return [line["seq"] for line in browser.get(LOG, search).context["lines"]]


@pytest.fixture
def auditor(signed_in: Callable[..., Client]) -> Client:
    return signed_in(Role.AUDITOR)


def test_every_kind_has_words_and_no_words_are_left_over() -> None:
    assert set(appended()) == WORDS.keys()
    assert all(set(kinds) <= WORDS.keys() for _, kinds in GROUPS.values())


def test_one_finds_what_one_looks_for(organisation: Organisation, auditor: Client, now: datetime) -> None:
    ada = add_member(organisation=organisation, email="ada@acme.example", role=Role.ADMIN, now=now).user
    begin = EvidenceEntry.objects.latest("seq").seq
    happen(organisation, "roster.exported", datetime(2026, 2, 1, tzinfo=UTC), user=ada.pk, format="csv", people=3)
    happen(organisation, "named_data.seen", datetime(2026, 2, 2, 23, 59, tzinfo=UTC), user=ada.pk, page="people")
    happen(organisation, "campaign.started", datetime(2026, 2, 3, tzinfo=UTC), campaign=7)
    assert lines(auditor)[:3] == [begin + 3, begin + 2, begin + 1]
    assert lines(auditor, kind="exported") == [begin + 1]
    assert lines(auditor, kind="seen") == [begin + 2]
    assert lines(auditor, kind="campaign.started") == [begin + 3]
    assert lines(auditor, who=ada.pk)[:2] == [begin + 2, begin + 1]
    assert lines(auditor, since="2026-02-02", until="2026-02-02") == [begin + 2]
    assert lines(auditor, number=7) == [begin + 3]
    said = text(auditor, kind="exported")
    assert "ada@acme.example" in said
    assert "exported people" in said
    assert "people 3" in said
    assert "Nothing like that" in text(auditor, number=99)


def test_a_search_that_cannot_be_read_says_so(auditor: Client) -> None:
    for search in ({"since": "yesterday"}, {"kind": "x"}, {"who": "0"}, {"number": "-1"}):
        assert auditor.get(LOG, search).status_code == 422
    assert auditor.get(LOG, {"before": "x"}).status_code == 200


def test_what_cannot_be_read_is_not_taken_for_everything(organisation: Organisation, auditor: Client) -> None:
    assert auditor.post(EXPORT, {"since": "yesterday"}).status_code == 422
    assert not EvidenceEntry.objects.filter(kind="evidence.log_exported").exists()
    auditor.post(EXPORT, {"since": "2026-01-01"})
    assert EvidenceEntry.objects.get(kind="evidence.log_exported").facts["filtered"] is True


def test_nothing_of_another_organisation(
    organisation: Organisation, other_organisation: Organisation, auditor: Client, now: datetime
) -> None:
    happen(other_organisation, "campaign.started", now, campaign=4711)
    assert "4711" not in text(auditor)
    assert "4711" not in text(auditor, kind="campaign.started")
    taken: Any = auditor.post(EXPORT)
    assert "4711" not in taken.getvalue().decode()


def test_a_long_log_is_read_page_by_page(
    organisation: Organisation, auditor: Client, now: datetime, django_assert_max_num_queries: Any
) -> None:
    events = [Event("campaign.started", {"campaign": n, "user": n + 1}) for n in range(120)]
    append_evidence(organisation=organisation, events=events, now=now)
    with django_assert_max_num_queries(9):
        first = auditor.get(LOG, {"kind": "campaign.started"})
    seen = [line["seq"] for line in first.context["lines"]]
    while first.context["before"]:
        first = auditor.get(LOG, {"kind": "campaign.started", "before": first.context["before"]})
        seen += [line["seq"] for line in first.context["lines"]]
    assert len(seen) == 120
    assert seen == sorted(seen, reverse=True)


def test_what_is_taken_along_is_what_was_found_and_stands_in_the_log(
    organisation: Organisation, auditor: Client, now: datetime
) -> None:
    add_member(organisation=organisation, email="=cmd@acme.example", role=Role.HELPER, now=now)
    evil = EvidenceEntry.objects.latest("seq")
    happen(organisation, "roster.exported", now, user=evil.facts["user"], format="csv", people=3)
    happen(organisation, "campaign.started", now, campaign=7)
    taken: Any = auditor.post(EXPORT, {"kind": "exported"})
    rows = list(csv.DictReader(io.StringIO(taken.getvalue().decode())))
    assert [row["kind"] for row in rows] == ["roster.exported"]
    assert rows[0]["who"] == "'=cmd@acme.example"
    last = EvidenceEntry.objects.latest("seq")
    assert (last.kind, last.facts["up_to"], rows[0]["hash"]) == (
        "evidence.log_exported", int(rows[0]["entry"]), EvidenceEntry.objects.get(kind="roster.exported").hash,
    )  # fmt: skip
