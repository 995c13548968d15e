"""`manage.py resolve`: the same decisions on a terminal and as JSON."""

import io
import json
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command

CONFLICTS = {
    "uk-in-genai", "us-in-genai", "india-in-genai", "other-non-us", "eu-ads", "uk-ads", "eea-ads", "previously-exempt",
    "toggle-label", "deadline", "genai-toggle-and-affiliates", "meta-date", "meta-mechanism",
}  # fmt: skip


def run(**options: Any) -> str:
    out = io.StringIO()
    call_command("resolve", stdout=out, **options)
    return out.getvalue()


def test_json_has_every_policy_with_its_reason_and_sources(catalogue: None) -> None:
    printed = json.loads(run(region="GB", on=date(2025, 11, 3), json=True))
    assert (printed["region"], printed["on"]) == ("GB", "2025-11-03")
    assert len(printed["decisions"]) == 14
    found = next(item for item in printed["decisions"] if item["policy"] == "linkedin-genai-training")
    assert found == {
        "policy": "linkedin-genai-training",
        "version": "v2025-11-03",
        "status": "in_scope",
        "advice": "send",
        "confidence": "high",
        "collection_mode": "named",
        "collection_reason": found["collection_reason"],
        "reason": "LinkedIn announced that this applies to members in the United Kingdom from 3 November 2025.",
        "sources": ["seed-000", "seed-002", "ico-statement", "linkedin-eu-notice", "register-copy"],
        "conflict": "uk-in-genai",
    }


def test_json_has_all_thirteen_conflicts(catalogue: None) -> None:
    printed = json.loads(run(region="unknown", json=True))
    assert {item["id"] for item in printed["conflicts"]} == CONFLICTS
    assert all(item["readings"] and item["reason"] for item in printed["conflicts"])


def test_text_says_the_same_in_words(catalogue: None) -> None:
    printed = run(region="Deutschland", on=date(2025, 11, 3))
    assert "LinkedIn announced that this applies to members in Germany from 3 November 2025." in printed
    assert "https://" in printed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"region": "Georgia"}, "It could be GE, US-GA"),
        ({"region": "Atlantis"}, "not one region"),
        ({"region": "GB", "organisation": "nobody"}, "no organisation 'nobody'"),
    ],
)
def test_an_unclear_question_is_refused(catalogue: None, options: dict[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(**options)
