"""What applies where: expected values from the facts, the fixed text of the catalogue, not from the code."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.catalogue.queries import catalogue as load
from compliance.catalogue.rules import Advice, CollectionMode, Confidence, Decision, Status, Subject, resolve

EU27 = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
START, DAY_BEFORE = date(2025, 11, 3), date(2025, 11, 2)


def decide(country: str, on: date = START, subdivision: str = "") -> Decision:
    (found,) = resolve(Subject(country, subdivision), on, load())
    return found


@pytest.mark.parametrize("code", [*EU27, "IS", "LI", "NO", "CH", "GB", "HK"])
def test_named_regions_are_in_scope(catalogue: None, code: str) -> None:
    found = decide(code)
    assert (found.status, found.advice, found.confidence) == (Status.IN_SCOPE, Advice.SEND, Confidence.HIGH)


@pytest.mark.parametrize(
    ("code", "status", "advice", "confidence"),
    [
        ("CA", "in_scope", "send", "medium"),
        ("US", "continuing", "send", "medium"),
        ("IN", "continuing", "send", "medium"),
        ("AX", "in_scope", "send", "medium"),
        ("GF", "in_scope", "send", "medium"),
        ("RE", "in_scope", "send", "medium"),
        ("GG", "unknown", "send_neutral", "low"),
        ("SJ", "unknown", "send_neutral", "low"),
        ("CN", "unknown", "send_neutral", "low"),
        ("GL", "continuing", "send_neutral", "medium"),
        ("MO", "continuing", "send_neutral", "medium"),
        ("MC", "continuing", "send_neutral", "low"),
        ("JP", "continuing", "send_neutral", "medium"),
        ("", "continuing", "send_neutral", "low"),
    ],
)
def test_the_other_regions(catalogue: None, code: str, status: str, advice: str, confidence: str) -> None:
    found = decide(code)
    assert (found.status, found.advice, found.confidence) == (status, advice, confidence)


def test_the_start_is_inclusive(catalogue: None) -> None:
    assert decide("GB", START).version == "v2025-11-03"
    before = decide("GB", DAY_BEFORE)
    assert (before.version, before.advice, before.asks) == ("", Advice.WITHHOLD, False)


def test_a_contested_region_names_its_conflict(catalogue: None) -> None:
    assert decide("GB").conflict == "uk-in-genai"


def test_the_reason_is_a_sentence_with_the_place(catalogue: None) -> None:
    (found,) = resolve(Subject("GB", place="the United Kingdom"), START, load())
    assert found.reason.startswith(
        "LinkedIn announced that this applies to members in the United Kingdom from 3 November"
    )


@pytest.mark.parametrize(("code", "subdivision"), [("US", ""), ("US", "US-CA")])
def test_people_in_the_united_states_are_told_and_not_asked(catalogue: None, code: str, subdivision: str) -> None:
    assert decide(code, subdivision=subdivision).collection_mode is CollectionMode.INFORM_ONLY


@given(
    country=st.one_of(st.sampled_from(["", "GB", "US", "AX", "SJ", "ZZ"]), st.text(max_size=3)),
    subdivision=st.text(max_size=6),
    on=st.dates(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_input_has_the_same_answer_every_time(catalogue: None, country: str, subdivision: str, on: date) -> None:
    known = load()
    first = resolve(Subject(country, subdivision), on, known)
    assert first == resolve(Subject(country, subdivision), on, known)
    assert all(item.citations or item.advice in {Advice.WITHHOLD, Advice.SEND_NEUTRAL} for item in first)
