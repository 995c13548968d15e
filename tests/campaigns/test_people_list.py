"""The list of people with its filters, views and acts upon many."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from compliance.attestations.services.erasing import erase_person
from compliance.campaigns.models import Campaign, Invitation, Message, Suppression
from compliance.campaigns.queries import Split, to_add, to_send_links
from compliance.campaigns.services import (
    CampaignRefused,
    by_hand,
    follow_roster,
    new_links,
    revoke_link,
    start_campaign,
)
from employees.forms import CommitForm
from employees.models import Employee, SavedView
from employees.queries import these_people
from employees.rules.leavers import says
from organisations.models import EvidenceEntry, EvidencePersonal, Organisation, User
from organisations.rules import Role
from organisations.services import add_member
from tests.conftest import give

Hire = Callable[..., Employee]


@pytest.fixture
def staff(campaign: Campaign, hire: Hire) -> dict[str, Employee]:
    """Five people in a running campaign, and Fay who joined the roster later."""
    found = {
        name: hire(name, country, department=department)
        for name, country, department in (
            ("Ada", "GB", "Sales"), ("Ben", "GB", "Ops"), ("Cem", "DE", "Ops"), ("Dag", "SE", ""),
            ("Eva", "GB", "Sales"),
        )
    }  # fmt: skip
    start_campaign(campaign=campaign, now=timezone.now())
    return found | {"Fay": hire("Fay", "GB")}


def listed(browser: Client, **asked: Any) -> list[str]:
    response = browser.get(reverse("people", args=["acme"]), asked)
    assert response.status_code == 200
    return [person.name for person in response.context["part"].people]


def act(browser: Client, what: str, *people: Employee, **fields: Any) -> Any:
    return browser.post(reverse(f"people-{what}", args=["acme"]), {"person": [p.pk for p in people], **fields})


def of(person: Employee) -> Invitation:
    return Invitation.objects.get(employee=person)


def kinds(kind: str) -> list[dict[str, Any]]:
    return [entry.facts for entry in EvidenceEntry.objects.filter(kind=kind).order_by("seq")]


def bound(kind: str) -> set[int]:
    """Whom these entries are about, each written by the owner who signed in."""
    owner = User.objects.get(email="owner@acme.example").pk
    assert {fact["user"] for fact in kinds(kind)} == {owner}
    rows = EvidencePersonal.objects.filter(entry__kind=kind)
    assert all(row.content == {"employee": row.subject} for row in rows)
    return {row.subject for row in rows if row.subject}


# --- Narrowing -------------------------------------------------------------------------------------------------------


def test_filters_narrow_each_other_and_chips_take_them_away(
    staff: dict[str, Employee], signed_in: Callable[..., Client]
) -> None:
    browser = signed_in()
    assert listed(browser, country=["GB", "SE"], department=["Sales", "-"]) == ["Ada", "Dag", "Eva", "Fay"]
    assert listed(browser, needs="no_department") == ["Dag", "Fay"]
    response = browser.get(reverse("people", args=["acme"]), {"country": ["GB", "SE"], "q": "a", "campaign": "99"})
    assert [chip.label for chip in response.context["chips"]] == ["“a”", "United Kingdom", "Sweden"]
    assert response.context["chips"][1].query == "q=a&country=SE"


def test_where_people_stand_in_a_campaign(
    staff: dict[str, Employee], campaign: Campaign, organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in()
    give(of(staff["Ada"]), "left_on")
    Message.objects.filter(invitation__employee=staff["Ben"]).update(state="bounced")
    revoke_link(invitation=of(staff["Dag"]), now=timezone.now())
    Suppression.objects.create(organisation=organisation, email="eva@acme.example", reason="Gone")
    of_campaign: dict[str, Any] = {"campaign": campaign.pk}
    assert listed(browser, **of_campaign) == ["Ada", "Ben", "Cem", "Dag", "Eva"]
    assert listed(browser, **of_campaign, standing="out") == ["Fay"]
    assert listed(browser, **of_campaign, standing="answered") == ["Ada"]
    assert listed(browser, **of_campaign, standing="silent") == ["Ben", "Cem", "Eva"]
    assert listed(browser, **of_campaign, standing="unreached") == ["Ben"]
    assert listed(browser, **of_campaign, standing="ended") == ["Dag"]
    assert listed(browser, needs="no_mail") == ["Eva"]
    shown = browser.get(reverse("people", args=["acme"]), of_campaign).context["rows"]
    assert {row.person.name: row.standing for row in shown} == {
        "Ada": "answered", "Ben": "unreached", "Cem": "silent", "Dag": "ended", "Eva": "silent",
    }  # fmt: skip


def test_works_council_mode_tells_nobody_who_answered(
    staff: dict[str, Employee], campaign: Campaign, signed_in: Callable[..., Client]
) -> None:
    """Neither by a filter, nor by a column, nor by whom a view of earlier means."""
    browser = signed_in()
    before: dict[str, Any] = {"campaign": str(campaign.pk), "standing": "answered"}
    Organisation.objects.update(works_council_mode=True)
    silent = browser.get(reverse("people", args=["acme"]), before).content
    give(of(staff["Ada"]), "left_on")
    after = browser.get(reverse("people", args=["acme"]), before).content
    assert silent.count(b"data-row") == after.count(b"data-row") == 5
    assert b"Answered" not in after
    assert b"has answered" not in after
    assert b"no answer yet" not in after


def test_a_campaign_of_others_narrows_nothing_and_shows_nothing(
    staff: dict[str, Employee], campaign: Campaign, other_organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(Role.OWNER, other_organisation)
    Employee.objects.create(organisation=other_organisation, name="Zed", email="zed@other.example", country="GB")
    response = browser.get(reverse("people", args=["other"]), {"campaign": str(campaign.pk), "standing": "answered"})
    assert [person.name for person in response.context["part"].people] == ["Zed"]
    assert campaign.name.encode() not in response.content


# --- Views -----------------------------------------------------------------------------------------------------------


def test_a_view_is_its_members_own(
    staff: dict[str, Employee], signed_in: Callable[..., Client], organisation: Organisation, now: datetime
) -> None:
    mine, colleague = signed_in(Role.OWNER), signed_in(Role.ADMIN)
    save, url = reverse("people-view-save", args=["acme"]), reverse("people", args=["acme"])
    wanted = {"name": "Sales here", "department": "Sales", "sort": "-region", "columns": ["number", "none"]}
    response = mine.post(save, wanted)
    assert response["Location"] == f"{url}?department=Sales&sort=-region&columns=number"
    mine.post(save, {"name": " Sales  here ", "country": "GB"})
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("Sales here", "country=GB")
    assert b"Sales here" in mine.get(url).content
    assert b"Sales here" not in colleague.get(url).content
    gone = reverse("view-delete", args=["acme", view.pk])
    assert colleague.post(gone).status_code == 404
    assert mine.post(gone).status_code == 302
    assert not SavedView.objects.exists()
    assert "name" in str(list(mine.post(save, {"name": " "}, follow=True).context["messages"])[-1])


def test_erasing_a_person_takes_views_that_name_them(
    staff: dict[str, Employee], organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    browser, save = signed_in(), reverse("people-view-save", args=["acme"])
    browser.post(save, {"name": "One", "q": "ada@acme.example"})
    browser.post(save, {"name": "Two", "q": "Sales"})
    erase_person(organisation=organisation, employee=staff["Ada"], user=None, now=timezone.now())
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Two"]


@pytest.mark.parametrize(
    ("name", "query", "kept"),
    [
        ("One", {"q": "mueller"}, False),  # as it is typed without an umlaut
        ("One", {"q": "Ånna MÜLLER"}, False),
        ("One", {"q": "mull ann", "country": "GB"}, False),
        ("One", {"q": "anna.m@ACME"}, False),
        ("One", {"q": "4711"}, False),
        ("One", {"q": "muller nobody"}, True),
        ("One", {"q": "Anna Müller sales"}, False),  # finds nobody, and names her
        ("About ANNA MULLER", {"country": "GB"}, False),
        ("One", {"department": "Anna Müller"}, False),
        ("One", {"q": "@acme.example"}, True),  # everybody here
        ("One", {"q": "acme"}, True),
        ("One", {"q": "an"}, True),
        ("One", {"country": "GB"}, True),
    ],
)
def test_erasing_a_person_takes_views_whose_search_finds_them(
    organisation: Organisation, signed_in: Callable[..., Client], name: str, query: dict[str, str], kept: bool
) -> None:
    person = Employee.objects.create(
        organisation=organisation, name="Anna Müller", email="anna.m@acme.example", country="GB", external_id="4711"
    )
    signed_in().post(reverse("people-view-save", args=["acme"]), {"name": name, **query})
    assert SavedView.objects.count() == 1
    erase_person(organisation=organisation, employee=person, user=None, now=timezone.now())
    assert SavedView.objects.exists() == kept


# --- Acts upon many --------------------------------------------------------------------------------------------------


def test_new_links_for_those_ticked(
    staff: dict[str, Employee], campaign: Campaign, organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in()
    Suppression.objects.create(organisation=organisation, email="eva@acme.example", reason="Gone")
    revoke_link(invitation=of(staff["Dag"]), now=timezone.now())
    hashes = {name: of(staff[name]).token_hash for name in ("Ada", "Ben", "Dag", "Eva")}
    people = [staff[name] for name in ("Ada", "Ben", "Dag", "Eva", "Fay")]
    asked = act(browser, "links", *people)
    assert asked.context["split"].number == 2
    assert asked.context["split"].skipped == {"ended": 1, "stopped": 1, "not_in": 1}
    assert not Message.objects.filter(kind="link").exists()
    # Somebody else is stopped meanwhile: nothing is done, and the page says so.
    again = act(browser, "links", *people, sure=3)
    assert b"changed meanwhile" in again.content
    assert not Message.objects.filter(kind="link").exists()
    done = act(browser, "links", *people, sure=2)
    assert done.status_code == 302
    renewed = {name for name, was in hashes.items() if of(staff[name]).token_hash != was}
    assert renewed == {"Ada", "Ben"}
    assert set(Message.objects.filter(kind="link").values_list("invitation__employee__name", "step")) == {
        ("Ada", 1), ("Ben", 1),
    }  # fmt: skip
    act(browser, "links", staff["Ada"], sure=1)
    assert Message.objects.filter(kind="link", invitation__employee=staff["Ada"], step=2).exists()
    assert len(kinds("invitation.new_link")) == 3
    assert bound("invitation.new_link") == {staff["Ada"].pk, staff["Ben"].pk}


def test_what_a_batch_reads_of_a_campaign_is_the_batch(
    staff: dict[str, Employee], campaign: Campaign, organisation: Organisation
) -> None:
    """Not the whole campaign, nor all stopped addresses, for every five hundred people."""
    Suppression.objects.create(organisation=organisation, email="eva@acme.example", reason="Gone")
    Suppression.objects.create(organisation=organisation, email="ada@acme.example", reason="Gone")
    people = these_people(organisation, [staff["Ada"].pk, staff["Fay"].pk])
    with CaptureQueriesContext(connection) as asked:
        links = to_send_links(campaign, people)
        to_add(campaign, people, timezone.localdate())
    tables = ('FROM "campaigns_invitation"', 'FROM "campaigns_suppression"')
    read = [query["sql"] for query in asked.captured_queries if any(table in query["sql"] for table in tables)]
    assert len(read) == 3
    assert all('FROM "employees_employee"' in sql for sql in read)
    assert links.skipped == {"stopped": 1, "not_in": 1}


def test_nobody_gets_a_link_who_left_or_lost_theirs_while_links_are_made(
    staff: dict[str, Employee], campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*args: Any) -> Split:
        found = to_send_links(*args)
        Employee.objects.filter(pk=staff["Ada"].pk).update(status="left")
        revoke_link(invitation=of(staff["Dag"]), now=timezone.now())
        return found

    monkeypatch.setattr(by_hand, "to_send_links", meanwhile)
    ids, user = [staff[name].pk for name in ("Ada", "Ben", "Dag")], User.objects.create_user("hr@acme.example")
    assert new_links(campaign=campaign, ids=ids, user=user, now=timezone.now()) == 1
    assert Message.objects.get(kind="link").invitation == of(staff["Ben"])
    assert of(staff["Dag"]).revoked_at


def test_people_are_added_whatever_the_audience_says_and_stay(
    staff: dict[str, Employee], campaign: Campaign, hire: Hire, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in()
    Campaign.objects.update(audience={"departments": ["Sales"]}, rolling=False)
    asked = act(browser, "add", staff["Fay"], staff["Ada"])
    assert (asked.context["split"].number, asked.context["split"].skipped) == (1, {"in": 1})
    act(browser, "add", staff["Fay"], staff["Ada"], sure=1)
    assert of(staff["Fay"]).by_hand
    assert Message.objects.get(invitation__employee=staff["Fay"]).kind == "instruction"
    assert bound("campaign.people_added") == {staff["Fay"].pk}
    for status, ended in (("left", True), ("active", False)):
        Employee.objects.filter(pk=staff["Fay"].pk).update(status=status)
        follow_roster(campaign=campaign, now=timezone.now())
        assert bool(of(staff["Fay"]).revoked_at) == ended


def test_adding_is_no_way_around_a_second_approval(
    staff: dict[str, Employee], organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in()
    Organisation.objects.update(approval_above=5)
    refused = act(browser, "add", staff["Fay"], sure=1)
    said = str(next(iter(browser.get(refused["Location"]).context["messages"])))
    assert "would reach 6 people. It may reach 5 at most" in said
    assert not Invitation.objects.filter(employee=staff["Fay"]).exists()


@pytest.mark.parametrize(
    ("above", "approved", "added"),
    [(5, 5, False), (5, 3, False), (5, 6, True), (3, 6, True), (3, None, False), (6, None, True), (6, 3, True)],
)
def test_an_approval_is_for_as_many_people_as_it_was_given_for(
    staff: dict[str, Employee], organisation: Organisation, signed_in: Callable[..., Client], above: int,
    approved: int | None, added: bool,
) -> None:  # fmt: skip
    browser = signed_in()
    Organisation.objects.update(approval_above=above)
    other = add_member(organisation=organisation, email="x@acme.example", role=Role.OWNER, now=timezone.now()).user
    Campaign.objects.update(approved_by=other, approved_at=timezone.now(), approved_people=approved)
    act(browser, "add", staff["Fay"], sure=1)
    assert Invitation.objects.filter(employee=staff["Fay"]).exists() == added


def test_everybody_whom_the_list_means_is_marked_as_left_by_their_number(
    staff: dict[str, Employee], signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    browser = signed_in()
    asked = act(browser, "leave", all="yes", department="Ops")
    assert asked.context["split"].number == 2
    assert asked.context["many"]
    wrong = act(browser, "leave", all="yes", department="Ops", sure=2, typed="3")
    assert b"another number" in wrong.content
    assert not Employee.objects.filter(status="left").exists()
    act(browser, "leave", all="yes", department="Ops", sure=2, typed="2")
    assert set(Employee.objects.filter(status="left").values_list("name", flat=True)) == {"Ben", "Cem"}
    assert bound("roster.marked_left") == {staff["Ben"].pk, staff["Cem"].pk}
    again = act(browser, "leave", staff["Ben"], status="all")
    assert again.context["split"].skipped == {"left": 1}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("5000", True), ("5.000", True), ("5,000", True), (" 5 000 ", True), ("5\u202f000", True), ("5’000", True),
     ("50.00", False), ("5.0.0.0", False), ("", False), ("five", False), ("5000 people", False), ("-5000", False),
     ("500", False), ("²", False)],
)  # fmt: skip
def test_a_number_is_typed_as_its_reader_groups_it(typed: str, meant: bool) -> None:
    assert says(typed, 5_000) == meant
    form = CommitForm(5_000, {"leavers": typed})
    assert form.is_valid() == meant


def test_more_than_a_tenth_is_one_rule(
    staff: dict[str, Employee], hire: Hire, signed_in: Callable[..., Client]
) -> None:
    """A tenth and no more asks for no number, as for an import."""
    browser = signed_in()
    for number in range(14):
        hire(f"Joe{number}", "GB")
    two, three = [staff["Ada"], staff["Ben"]], [staff["Ada"], staff["Ben"], staff["Cem"]]
    assert not act(browser, "leave", *two).context["many"]
    assert act(browser, "leave", *three).context["many"]


@pytest.mark.parametrize("what", ["links", "add"])
def test_too_many_are_refused_before_anybody_agrees(
    staff: dict[str, Employee], hire: Hire, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(by_hand, "MOST", 1)
    hire("Gus", "GB")
    refused = act(signed_in(), what, all="yes")
    assert refused.status_code == 302
    assert not Message.objects.filter(kind="link").exists()


def test_numbers_are_said_in_the_language_of_the_reader() -> None:
    with translation.override("de"), pytest.raises(CampaignRefused, match=r"Höchstens 5\.000 Personen"):
        by_hand.refuse_too_many(5_001)


@pytest.mark.parametrize("what", ["links", "add", "leave", "export"])
def test_a_foreign_person_is_refused_whole(
    staff: dict[str, Employee], other_organisation: Organisation, signed_in: Callable[..., Client], what: str
) -> None:
    foreign = Employee.objects.create(
        organisation=other_organisation, name="Zed", email="zed@other.example", country="GB"
    )  # fmt: skip
    response = act(signed_in(), what, staff["Ada"], foreign, sure=2, format="csv")
    assert response.status_code == 404
    assert not Employee.objects.filter(status="left").exists()
    assert not Message.objects.filter(kind="link").exists()


def test_nobody_ticked_is_said(staff: dict[str, Employee], signed_in: Callable[..., Client]) -> None:
    browser = signed_in()
    back = act(browser, "leave", country="GB")
    assert back["Location"].endswith("?country=GB")
    assert "Nobody is ticked" in str(next(iter(browser.get(back["Location"]).context["messages"])))


def test_an_export_is_of_those_ticked_or_of_the_whole_list(
    staff: dict[str, Employee], campaign: Campaign, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in()
    assert act(browser, "export", staff["Ada"], format="csv").content.count(b"@acme.example") == 1
    whole = act(browser, "export", format="csv", campaign=campaign.pk, standing="out").content
    assert b"fay@acme.example" in whole
    assert whole.count(b"@acme.example") == 1
    assert [fact["people"] for fact in kinds("roster.exported")] == [1, 1]


def test_what_cannot_be_taken_back_asks_who_it_is(staff: dict[str, Employee], signed_in: Callable[..., Client]) -> None:
    browser = signed_in()
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    for what in ("links", "add", "export"):
        response = act(browser, what, staff["Ada"], sure=1, format="csv")
        assert response.status_code == 302
        assert "reauthenticate" in response["Location"], what
    assert not Message.objects.filter(kind="link").exists()
