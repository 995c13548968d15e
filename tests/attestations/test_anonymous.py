"""Answers counted without names: who answered is kept, what was answered is nowhere beside it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from compliance.attestations.models import Attestation, PublishedCount, Tally
from compliance.attestations.queries import published_counts
from compliance.attestations.rules import Asked, ballot, publishable
from compliance.attestations.services import publish_counts
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation
from compliance.campaigns.queries import to_remind
from compliance.campaigns.services import CampaignRefused, claim_region, close_campaign, start_campaign
from compliance.catalogue.rules import CollectionMode, Outcome
from compliance.catalogue.services import override_collection
from employees.models import Employee
from organisations.models import EvidenceEntry, EvidencePersonal, Organisation
from organisations.rules import Role
from organisations.services import add_member
from reports.queries import readiness
from tests.attestations.browsing import fields, open_link, send

Hire = Callable[..., Employee]


@pytest.fixture
def counted(campaign: Campaign, organisation: Organisation, hire: Hire) -> Campaign:
    """Twelve people in the UK, where counsel wants no names; two in Germany."""
    override_collection(
        organisation=organisation,
        jurisdiction="GB",
        mode=CollectionMode.ANONYMOUS_COUNT,
        author_name="Counsel",
        reason="Agreed with the staff council.",
        user=add_member(organisation=organisation, email="dpo@acme.example", role=Role.OWNER, now=timezone.now()).user,
        now=timezone.now(),
    )
    for number in range(12):
        hire(f"Ada {number}", "GB")
    hire("Bob", "DE"), hire("Cy", "DE")
    start_campaign(campaign=campaign, now=timezone.now())
    return campaign


def people() -> list[Invitation]:
    return list(Invitation.objects.filter(country="GB").order_by("id"))


def test_the_page_says_that_it_counts_and_nothing_is_kept_beside_the_name(counted: Campaign) -> None:
    ada = people()[0]
    browser, page = open_link(ada)
    assert "Your answer is counted without your name." in page.content.decode()
    done = browser.post(page.request["PATH_INFO"], fields(page, "left_on"), follow=True)
    html = done.content.decode()
    assert "Your answer is counted." in html
    assert "I leave it on" not in html
    assert not Attestation.objects.exists()
    request = AttestationRequest.objects.get(invitation=ada)
    assert (request.answer, request.answered_at) == ("", Invitation.objects.get(pk=ada.pk).answered_at)
    assert request.answered_at
    assert timezone.localtime(request.answered_at).strftime("%H:%M:%S.%f") == "00:00:00.000000"
    assert set(Tally.objects.values_list("about", "said", "number")) == {
        ("linkedin-genai-training/v2025-11-03", "left_on", 1), ("", "declined", 1),
    }  # fmt: skip
    entry = EvidenceEntry.objects.get(kind="attestation.counted")
    assert EvidencePersonal.objects.get(entry=entry).content == {"employee": ada.employee_id}
    assert "left_on" not in str(entry.facts)


def test_everybody_is_counted_once_and_nothing_can_be_changed(counted: Campaign) -> None:
    ada = people()[0]
    browser, page = open_link(ada)
    other, same = open_link(ada)
    for tab, found in ((browser, page), (other, same), (browser, page)):
        tab.post(page.request["PATH_INFO"], fields(found, "left_on"), follow=True)
    assert sum(Tally.objects.filter(about="").values_list("number", flat=True)) == 1
    again = browser.get(page.request["PATH_INFO"]).content.decode()
    assert "It cannot be changed any more." in again
    assert 'type="radio"' not in again
    with pytest.raises(CampaignRefused, match="counted"):
        claim_region(invitation=ada, country="US", now=timezone.now())


def test_who_was_counted_is_reminded_no_more(counted: Campaign) -> None:
    ada, *others = people()
    send(ada, "prefer_not_to_say")
    assert set(to_remind(counted).filter(country="GB")) == set(others)


def test_figures_see_a_count_when_enough_people_more_are_in_it(counted: Campaign) -> None:
    for number, ada in enumerate(people()[:7]):
        send(ada, "left_on" if number < 2 else "already_off")
        publish_counts(now=timezone.now())
        # Five people, then none until ten: the sixth and the seventh cannot be had by subtraction.
        assert PublishedCount.objects.count() == (1 if number >= 4 else 0)
    assert published_counts(counted, timezone.now()) == {"GB": {Outcome.DECLINED: 2, Outcome.CONFIRMED: 3}}
    found = readiness(counted, timezone.now(), 1).total
    assert (found.asked, found.confirmed, found.declined, found.counted, found.answered) == (14, 3, 2, 2, 7)
    assert found.unanswered == 7
    before = PublishedCount.objects.get().created_at - timedelta(microseconds=1)
    assert published_counts(counted, before) == {}


def test_the_rest_is_published_when_the_campaign_is_over(counted: Campaign) -> None:
    send(people()[0], "left_on")
    close_campaign(campaign=counted, now=timezone.now())
    assert publish_counts(now=timezone.now()) == 1
    assert publish_counts(now=timezone.now()) == 0
    assert published_counts(counted, timezone.now()) == {"GB": {Outcome.DECLINED: 1}}


def test_no_row_anywhere_holds_an_answer_beside_a_person(counted: Campaign) -> None:
    """Looked for in every table: a row with the answer's word has no column that leads to somebody."""
    for ada in people()[:5]:
        send(ada, "not_visible")
    publish_counts(now=timezone.now())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            hits = [row for row in cursor.fetchall() if any("not_visible" in str(cell) for cell in row)]
            if hits and not table.startswith(("catalogue", "django_migrations")):
                assert table in {
                    "attestations_tally", "attestations_publishedcount", "organisations_evidencepersonal",
                }, table  # fmt: skip
    kept = EvidencePersonal.objects.filter(content__has_key="counts")
    assert kept.count() == 1
    assert kept.get().content.keys() == {"counts"}


ASK = Asked(1, 8, "in_scope", "send", "anonymous_count", False, "p/v", ("left_on", "already_off"))


def test_a_ballot_is_the_answers_and_one_outcome() -> None:
    asked = [ASK, ASK._replace(request=2, version=9, about="q/w"), ASK._replace(request=3, advice="offer", about="r/x")]
    found = ballot(asked, {1: "already_off", 2: "left_on", 3: "already_off"})
    assert found.marks == (("p/v", "already_off"), ("q/w", "left_on"), ("r/x", "already_off"), ("", "declined"))


@pytest.mark.parametrize(
    ("counted", "published", "over", "expected"),
    [(4, 0, False, False), (5, 0, False, True), (9, 5, False, False), (6, 5, True, True), (5, 5, True, False)],
)
def test_when_a_count_may_be_published(counted: int, published: int, over: bool, expected: bool) -> None:
    assert publishable(counted, published, 5, over=over) is expected
