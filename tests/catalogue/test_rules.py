"""The rule engine: dates, profile, exemptions, collection modes, overrides; total and deterministic."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.catalogue.queries import catalogue as load
from compliance.catalogue.queries import overrides, resolver
from compliance.catalogue.rules import (
    Advice,
    Catalogue,
    CollectionMode,
    Decision,
    Resolver,
    Status,
    Subject,
    resolve,
)
from compliance.catalogue.services import override_collection, withdraw_override
from organisations.models import EvidenceEntry, Organisation
from organisations.rules import Role
from organisations.services import add_member

GENAI = "linkedin-genai-training"
START, DAY_BEFORE, TODAY = date(2025, 11, 3), date(2025, 11, 2), date(2026, 11, 22)


def decide(subject: Subject, on: date = START, policy: str = GENAI) -> Decision:
    return next(item for item in resolve(subject, on, load()) if item.policy == policy)


def test_the_start_is_inclusive_and_the_end_exclusive(catalogue: None) -> None:
    assert decide(Subject("GB"), START).version == "v2025-11-03"
    assert decide(Subject("GB"), DAY_BEFORE).version == "v2024-09"
    assert decide(Subject("GB"), date(2024, 1, 1)).version == ""


def test_the_reason_is_a_sentence_with_the_place(catalogue: None) -> None:
    expected = "LinkedIn announced that this applies to members in the United Kingdom from 3 November 2025."
    assert decide(Subject("GB")).reason == expected


def test_the_profile_decides_and_the_roster_is_a_proxy(catalogue: None) -> None:
    found = decide(Subject("JP", profile_country="DE"))
    assert (found.status, found.advice) == (Status.IN_SCOPE, Advice.SEND)
    assert "The staff list says Japan; the country on the profile decides." in found.reason


def test_what_an_employer_may_ask_goes_by_the_place_of_work(catalogue: None) -> None:
    assert decide(Subject("US", "US-CA", profile_country="DE")).collection_mode is CollectionMode.INFORM_ONLY
    assert decide(Subject("FR", profile_country="US")).collection_mode is CollectionMode.NAMED


def test_people_under_18_are_left_out(catalogue: None) -> None:
    found = decide(Subject("GB", under_18=True))
    assert (found.status, found.advice, found.asks) == (Status.EXCLUDED, Advice.OFFER, False)
    assert found.citations


def test_a_territory_follows_its_country_and_says_why(catalogue: None) -> None:
    found = decide(Subject("GF"))
    assert (found.status, found.confidence) == ("in_scope", "medium")
    assert "outermost" in found.reason
    assert "eurlex-outermost" in found.citations


@pytest.mark.parametrize(
    ("country", "subdivision", "mode", "requires"),
    [
        ("US", "", "inform_only", ""),
        ("US", "US-CA", "inform_only", ""),
        ("US", "US-NY", "inform_only", ""),
        ("US", "US-TX", "named", ""),
        ("DE", "", "named", "works_council"),
        ("FR", "", "named", ""),
        ("", "", "inform_only", ""),
    ],
)
def test_how_answers_may_be_collected(
    catalogue: None, country: str, subdivision: str, mode: str, requires: str
) -> None:
    found = decide(Subject(country, subdivision)).collection
    assert (found.mode, found.requires) == (mode, requires)
    assert found.reason


def test_every_us_state_has_a_rule_with_a_source(catalogue: None) -> None:
    states = {code: rule for code, rule in load().collection.items() if code.startswith("US-")}
    assert len(states) == 51
    assert all(rule.sources for rule in states.values())


@pytest.fixture
def counsel(catalogue: None, organisation: Organisation, now: datetime) -> Callable[[str, CollectionMode], None]:
    user = add_member(organisation=organisation, email="owner@acme.example", role=Role.OWNER, now=now).user

    def decide_otherwise(jurisdiction: str, mode: CollectionMode) -> None:
        override_collection(
            organisation=organisation,
            jurisdiction=jurisdiction,
            mode=mode,
            reason="Read with the state's bar.",
            author_name="Dana Counsel",
            user=user,
            now=now,
        )

    return decide_otherwise


def test_counsel_may_override_and_it_shows(
    counsel: Callable[[str, CollectionMode], None], organisation: Organisation, other_organisation: Organisation
) -> None:
    counsel("US-CA", CollectionMode.NAMED)
    found = resolver(organisation, START)["US", "US-CA"][0].collection
    assert found.mode is CollectionMode.NAMED
    assert found.overridden
    assert found.reason == "Decided by Dana Counsel on 15 January 2026: Read with the state's bar."
    assert resolver(organisation, START)["US", "US-NY"][0].collection_mode is CollectionMode.INFORM_ONLY
    assert not overrides(other_organisation)
    assert EvidenceEntry.objects.get(kind="collection.overridden").facts["jurisdiction"] == "US-CA"


def test_an_override_is_withdrawn_not_erased(
    counsel: Callable[[str, CollectionMode], None], organisation: Organisation, now: datetime
) -> None:
    counsel("US-CA", CollectionMode.NAMED)
    counsel("US-CA", CollectionMode.INFORM_ONLY)
    user = add_member(organisation=organisation, email="owner@acme.example", role=Role.OWNER, now=now).user
    assert withdraw_override(organisation=organisation, jurisdiction="US-CA", user=user, now=now)
    assert not withdraw_override(organisation=organisation, jurisdiction="US-CA", user=user, now=now)
    assert not overrides(organisation)


subjects = st.builds(
    Subject,
    country=st.one_of(st.sampled_from(["", "GB", "US", "AX", "SJ", "ZZ", "DE"]), st.text(max_size=3)),
    subdivision=st.one_of(st.sampled_from(["", "US-CA", "US-TX"]), st.text(max_size=6)),
    profile_country=st.one_of(st.just(""), st.text(max_size=3)),
    under_18=st.booleans(),
)


@pytest.fixture
def known(catalogue: None) -> Catalogue:
    return load()


@given(subject=subjects, on=st.dates())
def test_every_input_has_one_answer_that_cites_or_says_it_cannot(known: Catalogue, subject: Subject, on: date) -> None:
    first = resolve(subject, on, known)
    assert first == resolve(subject, on, known)
    assert len(first) == len(known.versions)
    assert all(item.reason for item in first)
    assert all(item.citations or "There is no source to cite" in item.reason for item in first)


@given(places=st.lists(st.tuples(st.sampled_from(["GB", "US", "GF", ""]), st.sampled_from(["", "US-CA"])), max_size=30))
def test_many_people_at_once_get_what_each_would_alone(known: Catalogue, places: list[tuple[str, str]]) -> None:
    together = list(Resolver(TODAY, known).each(places))
    assert together == [resolve(Subject(*place), TODAY, known) for place in places]


@pytest.mark.parametrize("policy", ["slack-global-models", "zoom"])
def test_what_the_organisation_must_do_is_never_mailed(catalogue: None, policy: str) -> None:
    for country in ("GB", "US", "JP", ""):
        assert not decide(Subject(country), TODAY, policy).asks
