"""Figures against plain counting over the raw rows, for any population and any instant."""

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.attestations.models import Attestation, PublishedCount
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.catalogue.models import Policy, PolicyVersion
from compliance.catalogue.rules import Answer, Outcome
from employees.models import Employee
from organisations.models import Organisation
from reports.queries import readiness, tally
from reports.rules import Figures

START = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)
OUTCOMES = {
    "switched_off_now": "confirmed", "already_off": "confirmed", "form_sent": "confirmed",
    "form_acknowledged": "confirmed", "no_account": "confirmed", "left_on": "declined",
    "prefer_not_to_say": "declined", "not_visible": "open", "form_refused": "open", "need_help": "open",
}  # fmt: skip
WORST_FIRST = ("unanswered", "counted", "open", "declined", "confirmed")

hour = st.integers(min_value=0, max_value=120)
given_answers = st.lists(st.tuples(hour, st.sampled_from(sorted(OUTCOMES))), max_size=3).map(sorted)
request = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["named", "named", "named", "inform_only", "anonymous_count"]),
        "advice": st.sampled_from(["send", "send_neutral", "offer"]),
        "made": st.integers(min_value=0, max_value=40),
        "withdrawn": st.none() | st.none() | st.none() | st.integers(min_value=41, max_value=120),
        "answers": given_answers,
    }
)
mail = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["queued", "sent", "unknown", "bounced", "failed"]),
        "sent": hour,
        "after": st.integers(min_value=0, max_value=40),
    }
)
person = st.fixed_dictionaries(
    {
        "country": st.sampled_from(["GB", "DE", "FR", "LI"]),
        "department": st.sampled_from(["", "Sales", "IT"]),
        "language": st.sampled_from(["", "de", "en"]),
        "requests": st.lists(request, min_size=1, max_size=3),
        "mails": st.lists(mail, max_size=2),
    }
)
numbers = count(1)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


@pytest.fixture
def versions(db: None) -> list[PolicyVersion]:
    found = []
    for number in range(3):
        policy = Policy.objects.create(
            key=f"p{number}", platform="X", title=f"P{number}", last_checked=START.date(), review_due=START.date()
        )
        day = START.date() + timedelta(days=number)
        version = PolicyVersion.objects.create(
            policy=policy, key="v1", effective_from=day, document={}, sha256="0" * 64
        )
        found.append(version)
    return found


def write(people: list[dict[str, Any]], versions: list[PolicyVersion]) -> Campaign:
    """The population as rows, as the product would have written them."""
    number = next(numbers)
    organisation = Organisation.objects.create(slug=f"o{number}", name="O", contact_email="o@o.example")
    campaign = Campaign.objects.create(organisation=organisation, name="C", closes_at=at(1000), started_at=START)
    for index, one in enumerate(people):
        employee = Employee.objects.create(
            organisation=organisation, name="N", email=f"{index}@o.example",
            **{name: one[name] for name in ("country", "department", "language")},
        )  # fmt: skip
        invitation = Invitation.objects.create(
            campaign=campaign, employee=employee, country=one["country"], key_version=1,
            token_hash=f"{number}-{index}".rjust(64, "0"), closes_at=at(1000), created_at=START,
        )  # fmt: skip
        for version, asked in zip(versions, one["requests"], strict=False):
            _ask(invitation, version, asked)
        for step, sent in enumerate(one["mails"]):
            gone = sent["state"] in {"sent", "unknown", "bounced"}
            Message.objects.create(
                organisation=organisation, campaign=campaign, invitation=invitation,
                kind="reminder" if step else "instruction", step=step, state=sent["state"],
                sent_at=at(sent["sent"]) if gone else None,
                bounced_at=at(sent["sent"] + sent["after"]) if sent["state"] == "bounced" else None,
            )  # fmt: skip
    return campaign


def _ask(invitation: Invitation, version: PolicyVersion, asked: dict[str, Any]) -> None:
    answers = [] if asked["mode"] == "inform_only" else asked["answers"]
    named = asked["mode"] == "named"
    row = AttestationRequest.objects.create(
        invitation=invitation, policy_version=version, region_status="in_scope", advice=asked["advice"],
        collection_mode=asked["mode"], reason="", created_at=at(asked["made"]),
        answer=answers[-1][1] if answers and named else "", answered_at=at(answers[-1][0]) if answers else None,
        withdrawn_at=at(asked["withdrawn"]) if asked["withdrawn"] else None,
    )  # fmt: skip
    for hours, answer in answers if named else []:
        Attestation.objects.create(
            request=row, answer=answer, submission=uuid.uuid4(), language="en", created_at=at(hours)
        )


def by_hand(campaign: Campaign, as_of: datetime) -> dict[int, dict[str, Any]]:
    """Person → what counts of them, by looping over the rows of the tables."""
    people: dict[int, dict[str, Any]] = {}
    for invitation in Invitation.objects.filter(campaign=campaign):
        asked: list[str] = []
        offered: list[str] = []
        told = False
        for row in AttestationRequest.objects.filter(invitation=invitation):
            if row.created_at > as_of or (row.withdrawn_at and row.withdrawn_at <= as_of):
                continue
            told = True
            said = "unanswered"
            if row.collection_mode == "anonymous_count" and row.answered_at and row.answered_at <= as_of:
                said = "counted"
            for attestation in Attestation.objects.filter(request=row).order_by("id"):
                if attestation.created_at <= as_of:
                    said = OUTCOMES[attestation.answer]
            if row.collection_mode != "inform_only":
                (offered if row.advice == "offer" else asked).append(said)
        if told:
            mails = [
                "back" if mail.bounced_at and mail.bounced_at <= as_of else mail.state
                for mail in Message.objects.filter(invitation=invitation, kind="instruction")
                if mail.sent_at and mail.sent_at <= as_of
            ]
            arrived = any(state in {"sent", "bounced"} for state in mails)
            people[invitation.pk] = {
                "country": invitation.country,
                "department": invitation.employee.department,
                "language": invitation.employee.language,
                "asked": "counted" if "counted" in asked else min(asked, key=WORST_FIRST.index, default=None),
                "offered": min(offered, key=WORST_FIRST.index, default=None),
                "reached": arrived,
                "unclear": not arrived and "unknown" in mails,
            }
    return people


def figures_of(people: list[dict[str, Any]]) -> Figures:
    outcomes = Counter(one["asked"] for one in people)
    return Figures(
        asked=sum(one["asked"] is not None for one in people),
        confirmed=outcomes["confirmed"],
        declined=outcomes["declined"],
        open=outcomes["open"],
        counted=outcomes["counted"],
        informed=sum(one["asked"] is None and one["offered"] is None for one in people),
        offered=sum(one["offered"] is not None for one in people),
        taken=sum(one["offered"] == "confirmed" for one in people),
        reached=sum(one["reached"] for one in people),
        unclear=sum(one["unclear"] for one in people),
    )


def grouped(people: dict[int, dict[str, Any]], name: str) -> dict[str, Figures]:
    keys = {one[name] for one in people.values()}
    return {key: figures_of([one for one in people.values() if one[name] == key]) for key in keys}


def test_every_answer_has_an_outcome() -> None:
    assert OUTCOMES.keys() == {answer.value for answer in Answer}


@settings(max_examples=40)
@given(people=st.lists(person, max_size=12), instants=st.lists(hour, min_size=1, max_size=3))
def test_figures_equal_a_count_by_hand(
    versions: list[PolicyVersion], people: list[dict[str, Any]], instants: list[int]
) -> None:
    campaign = write(people, versions)
    for hours in instants:
        expected, found = by_hand(campaign, at(hours)), tally(campaign, at(hours))
        assert found.total == figures_of(list(expected.values()))
        assert found.regions == grouped(expected, "country")
        assert found.departments == grouped(expected, "department")
        assert found.languages == grouped(expected, "language")


@settings(max_examples=25)
@given(people=st.lists(person, max_size=10), hours=hour)
def test_policies_and_days_equal_a_count_by_hand(
    versions: list[PolicyVersion], people: list[dict[str, Any]], hours: int
) -> None:
    campaign, as_of = write(people, versions), at(hours)
    found = tally(campaign, as_of)
    per_policy: dict[int, Counter[str]] = {}
    for row in AttestationRequest.objects.filter(invitation__campaign=campaign, created_at__lte=as_of):
        if row.collection_mode == "inform_only" or row.advice == "offer":
            continue
        if row.withdrawn_at and row.withdrawn_at <= as_of:
            continue
        said = "counted" if row.answered_at and row.answered_at <= as_of and not row.answer else "unanswered"
        for attestation in row.attestations.filter(created_at__lte=as_of).order_by("id"):
            said = OUTCOMES[attestation.answer]
        per_policy.setdefault(row.policy_version_id, Counter())[said] += 1
    assert {pk: figures.asked for pk, figures in found.policies.items()} == {
        pk: counts.total() for pk, counts in per_policy.items()
    }
    for pk, counts in per_policy.items():
        assert [counts[name] for name in ("confirmed", "declined", "open", "counted", "unanswered")] == [
            getattr(found.policies[pk], name) for name in ("confirmed", "declined", "open", "counted", "unanswered")
        ]
    answered = sum(sum(day.values()) for region in found.days.values() for day in region.values())
    assert answered == found.total.answered


@settings(max_examples=25)
@given(people=st.lists(person, max_size=10), earlier=hour, later=hour)
def test_a_past_instant_is_what_it_was(
    versions: list[PolicyVersion], people: list[dict[str, Any]], earlier: int, later: int
) -> None:
    """Written up to an instant, counted, then written on: the instant's figures stay."""
    campaign = write(people, versions)
    before = tally(campaign, at(earlier))
    for row in AttestationRequest.objects.filter(invitation__campaign=campaign, collection_mode="named"):
        moment = at(max(earlier, later)) + timedelta(hours=1)
        Attestation.objects.create(
            request=row, answer="left_on", submission=uuid.uuid4(), language="en", created_at=moment
        )
        AttestationRequest.objects.filter(pk=row.pk).update(answer="left_on", answered_at=moment)
    assert tally(campaign, at(earlier)) == before


def test_published_counts_come_out_of_the_counted(versions: list[PolicyVersion]) -> None:
    asked = {"mode": "anonymous_count", "advice": "send", "made": 0, "withdrawn": None, "answers": [(1, "left_on")]}
    one = {"country": "DE", "department": "IT", "language": "", "requests": [asked], "mails": []}
    campaign = write([one] * 12, versions)
    published = {"DE": Counter({Outcome.CONFIRMED: 6, Outcome.DECLINED: 1})}
    found = tally(campaign, at(5), published)
    expected = Figures(asked=12, confirmed=6, declined=1, counted=5)
    assert (found.total, found.regions) == (expected, {"DE": expected})
    assert found.departments == {"IT": Figures(asked=12, counted=12)}
    counts = {"confirmed": 6, "declined": 1}
    PublishedCount.objects.create(campaign=campaign, country="DE", people=7, counts=counts, created_at=at(4))
    shown = readiness(campaign, at(5), 5)
    assert (shown.total.confirmed, shown.total.declined, shown.total.answered) == (5, 0, 5)


def test_the_only_policy_tells_no_more_than_the_total(versions: list[PolicyVersion]) -> None:
    """Everybody in two countries has confirmed: the total holds back what would say so, and the policy as well."""
    asked = {"mode": "named", "advice": "send", "made": 0, "withdrawn": None, "answers": [(1, "already_off")]}
    one = {"department": "IT", "language": "", "requests": [asked], "mails": []}
    campaign = write([one | {"country": place} for place in ("DE", "GB") for _ in range(10)], versions)
    shown = readiness(campaign, at(5), 5)
    assert shown.total.confirmed < 20
    assert [item.figures for item in shown.policies] == [shown.total]
