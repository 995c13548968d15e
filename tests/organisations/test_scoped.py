"""Each question and each act of one organisation says whose it is: within its walls it is let through, and it takes
nothing of another's along. What follows was not met, within walls, by tests of pages and jobs alone."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from compliance.attestations.management.person import find
from compliance.attestations.queries import Visit, statement
from compliance.attestations.services.erasing import erase_person, export_person
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Letter, Message, Suppression
from compliance.campaigns.queries import (
    behind_ids,
    drafted_rounds,
    invitations_of,
    listed_people,
    own_texts,
    running_campaigns,
    saved_audiences,
    soft_bounces,
)
from compliance.campaigns.rules import CampaignState
from compliance.campaigns.services import delete_draft
from compliance.campaigns.services.texts import keep_text
from compliance.catalogue.models import PolicyVersion
from employees.gateways import roster_file
from employees.models import Employee
from employees.queries import column_choices, known_people, people, region_aliases
from employees.rules.listing import Wanted
from employees.rules.people import Person
from employees.services import finish_commit, mark_left, plan_file, request_commit, save_view
from employees.services.writing import write_people
from organisations.gateways.certificates import Identity
from organisations.here import within
from organisations.models import ColleagueInvitation, EvidenceCheckpoint, Membership, Organisation, User
from organisations.queries import evidence, owners
from organisations.rules import Role
from organisations.services import (
    add_member,
    invite_colleague,
    set_looks,
    set_outside_addresses,
    take_checkpoint,
    write_bundle,
)
from organisations.services.certificates import set_certificate
from organisations.services.members import follow_provider
from reports.models import KeptFigures, Report
from reports.queries.dispatches import acts
from reports.queries.evidence import checkpoint_over, entries_about
from reports.queries.kept import behind
from reports.queries.schedules import last_runs, reports_to_forget
from reports.services import keep_figures, request_report
from tests.conftest import visit_of

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class House:
    """What an organisation has."""

    organisation: Organisation
    owner: Membership
    ada: Employee
    invitation: Invitation
    visit: Visit
    draft: Campaign
    report: Report
    checkpoint: EvidenceCheckpoint


@pytest.fixture
def house(organisation: Organisation, campaign: Campaign, invite: Callable[..., Invitation], now: datetime) -> House:
    invitation = invite()
    owner = add_member(organisation=organisation, email="o@acme.example", role=Role.OWNER, now=now)
    draft = Campaign.objects.get(pk=campaign.pk)
    draft.pk, draft.state, draft.follows, draft.started_at = None, CampaignState.DRAFT, campaign, None
    draft.save()
    set_outside_addresses(organisation=organisation, addresses=["was@out.example"], user=owner.user, now=now)
    checkpoint = take_checkpoint(organisation=organisation, now=now)
    assert checkpoint
    return House(
        organisation, owner, invitation.employee, invitation, visit_of(invitation), draft,
        request_report(organisation=organisation, campaign=campaign, user=None, now=now), checkpoint,
    )  # fmt: skip


NOW = timezone.now()
QUESTIONS: dict[str, Callable[[House], object]] = {
    "some entries": lambda it: list(evidence.evidence_entries_of(it.organisation, [1])),
    "hashes": lambda it: list(evidence.evidence_hashes(it.organisation, 9)),
    "kinds of entries": lambda it: evidence.evidence_kinds(it.organisation, 9),
    "the log's state": lambda it: evidence.evidence_state(it.organisation),
    "owners": lambda it: list(owners(it.organisation)),
    "some people": lambda it: list(people.these_people(it.organisation, [it.ada.pk])),
    "where a page goes on": lambda it: people.part(
        it.organisation, Employee.objects.filter(organisation=it.organisation), Wanted(), after=it.ada.pk
    ),
    "everybody known": lambda it: list(known_people(it.organisation)),
    "columns": lambda it: column_choices(it.organisation),
    "places": lambda it: region_aliases(it.organisation),
    "words answered by": lambda it: statement(it.visit, "0" * 64),
    "lists of people": lambda it: list(saved_audiences(it.organisation)),
    "next rounds": lambda it: list(drafted_rounds(it.organisation)),
    "own texts": lambda it: own_texts(it.organisation),
    "temporary failures": lambda it: soft_bounces(it.organisation, it.ada.email),
    "acts of a campaign": lambda it: acts(it.organisation, it.invitation.campaign, NOW),
    "entries about a report": lambda it: entries_about(it.report, 99),
    "the checkpoint over it": lambda it: checkpoint_over(it.report),
    "last scheduled reports": lambda it: last_runs(it.organisation),
}
ACTS: dict[str, Callable[[House], object]] = {
    "bundle": lambda it: write_bundle(organisation=it.organisation, checkpoint=it.checkpoint, out=io.BytesIO()),
    "outside addresses": lambda it: set_outside_addresses(
        organisation=it.organisation, addresses=["is@out.example"], user=it.owner.user, now=NOW
    ),
    "looks": lambda it: set_looks(
        organisation=it.organisation, accent="", logo=None, remove_logo=False, user=it.owner.user, now=NOW
    ),
    "no logo": lambda it: set_looks(
        organisation=it.organisation, accent="", logo=None, remove_logo=True, user=it.owner.user, now=NOW
    ),
    "certificate": lambda it: set_certificate(
        organisation=it.organisation,
        identity=Identity("Acme", "CA", "1", "0" * 64, NOW, NOW + timedelta(days=9), "secret"),
        user=it.owner.user,
        now=NOW,
    ),
    "left": lambda it: mark_left(organisation=it.organisation, ids=[it.ada.pk], user=it.owner.user, now=NOW),
    "view": lambda it: save_view(membership=it.owner, name="Mine", query="", now=NOW),
    "no text of ours": lambda it: keep_text(
        organisation=it.organisation, language="en", slot="intro", text="", now=NOW
    ),
    "no next round": lambda it: delete_draft(campaign=it.draft),
    "what is held": lambda it: export_person(organisation=it.organisation, employee=it.ada, user=None, now=NOW),
    "erased": lambda it: erase_person(organisation=it.organisation, employee=it.ada, user=None, now=NOW),
}


@pytest.mark.parametrize("what", [*QUESTIONS, *ACTS])
def test_it_says_whose_it_is(what: str, house: House) -> None:
    with within(house.organisation.pk, house.report, house.draft):
        (QUESTIONS | ACTS)[what](house)


@pytest.mark.parametrize("what", ["what is held", "erased"])
def test_letters_to_one_person_alone_are_that_persons_organisations(what: str, house: House) -> None:
    letter = Letter.objects.create(organisation=house.organisation, sha256="1" * 64, language="en", subject="Receipt")
    Message.objects.create(
        organisation=house.organisation, campaign=house.invitation.campaign, invitation=house.invitation,
        kind="receipt", letter=letter,
    )  # fmt: skip
    with within(house.organisation.pk, house.ada):
        ACTS[what](house)
    assert Letter.objects.filter(pk=letter.pk).exists() == (what != "erased")


def test_the_list_of_people_is_narrowed_by_nothing_of_another_organisation(
    house: House, other_organisation: Organisation
) -> None:
    """Not even where a row of theirs should name somebody of ours."""
    theirs = Campaign.objects.get(pk=house.invitation.campaign_id)
    theirs.pk, theirs.organisation = None, other_organisation
    theirs.save()
    Invitation.objects.create(
        campaign=theirs, employee=house.ada, country="GB", key_version=1, token_hash="0" * 64, closes_at=NOW
    )
    Suppression.objects.create(organisation=other_organisation, email=house.ada.email, reason="Gone")
    assert invitations_of(house.organisation, house.ada) == [house.invitation]
    for narrowed in (Wanted(campaign=str(theirs.pk)), Wanted(needs=("no_mail",))):
        assert list(listed_people(house.organisation, narrowed)) == []
    Suppression.objects.create(organisation=house.organisation, email=house.ada.email, reason="Gone")
    for narrowed in (Wanted(campaign=str(house.invitation.campaign_id)), Wanted(needs=("no_mail",))):
        assert list(listed_people(house.organisation, narrowed)) == [house.ada]


def test_a_roster_that_changed_concerns_its_own_campaigns(house: House, other_organisation: Organisation) -> None:
    ours = Campaign.objects.get(pk=house.invitation.campaign_id)
    theirs = Campaign.objects.get(pk=ours.pk)
    theirs.pk, theirs.organisation = None, other_organisation
    theirs.save()
    assert list(running_campaigns(house.organisation.pk)) == [ours]
    assert list(running_campaigns(other_organisation.pk)) == [theirs]


def test_a_plan_is_carried_out_within_the_walls(house: House, hire: Callable[..., Employee], now: datetime) -> None:
    """Somebody leaves, two swap their numbers."""
    for name, number in (("Bob", "1"), ("Cy", "2"), ("Dee", "3")):
        hire(name, "GB", external_id=number)
    rows = "ID,Name,Work Email,Country\n2,Bob,bob@acme.example,GB\n1,Cy,cy@acme.example,GB\n"
    planned = plan_file(
        organisation=house.organisation, file=roster_file("staff.csv", rows.encode()), user=None, now=now, whole=True
    )
    request_commit(roster_import=planned, leavers_confirmed=True, now=now)
    assert finish_commit(import_id=planned.pk, now=now)
    planned.refresh_from_db()
    assert (planned.state, planned.detail) == ("committed", "")


def test_a_plan_writes_no_row_of_another_organisation(house: House, other_organisation: Organisation) -> None:
    person = Person(name="Eve", email="eve@other.example", country="FR")
    write_people(other_organisation.pk, [(house.ada.pk, person)], status=Employee.Status.ACTIVE.value)
    house.ada.refresh_from_db()
    assert house.ada.name == "Ada"
    write_people(house.organisation.pk, [(house.ada.pk, person)], status=Employee.Status.ACTIVE.value)
    house.ada.refresh_from_db()
    assert house.ada.name == "Eve"


def test_an_address_that_two_organisations_know_is_found_in_one(house: House, other_organisation: Organisation) -> None:
    theirs = Employee.objects.create(organisation=other_organisation, name="A", email=house.ada.email, country="GB")
    assert find("acme", house.ada.email)[1] == house.ada
    assert find("other", house.ada.email)[1] == theirs


def test_whoever_a_new_version_concerns_is_told_to_their_own_organisation(
    house: House, other_organisation: Organisation
) -> None:
    request = AttestationRequest.objects.get(invitation=house.invitation)
    earlier = PolicyVersion.objects.get(pk=request.policy_version_id)
    earlier.pk, earlier.key = None, "v0"
    earlier.save()
    AttestationRequest.objects.filter(pk=request.pk).update(policy_version=earlier)
    assert behind_ids(house.organisation, house.invitation.campaign_id) == [house.ada.pk]
    assert behind_ids(other_organisation, house.invitation.campaign_id) == []


def test_a_provider_changes_one_membership_and_gives_another(
    organisation: Organisation, other_organisation: Organisation, now: datetime
) -> None:
    user = User.objects.create_user("eve@x.example")
    here = {"managed": {"acme", "other"}, "user": user, "now": now}
    follow_provider(roles={"acme": Role.ADMIN}, **here)  # type: ignore[arg-type]
    follow_provider(roles={"acme": Role.ADMIN, "other": Role.HELPER}, **here)  # type: ignore[arg-type]
    roles = Membership.objects.filter(user=user).order_by("organisation").values_list("organisation__slug", "role")
    assert list(roles) == [("acme", "admin"), ("other", "helper")]


@pytest.mark.parametrize("then", [{}, {"acme": Role.AUDITOR}])
def test_what_somebody_sent_as_an_owner_ends_with_what_the_provider_takes(
    organisation: Organisation, then: dict[str, Role], now: datetime
) -> None:
    """Or they would come back by an address of their own, which no group can take anything from."""
    add_member(organisation=organisation, email="o@acme.example", role=Role.OWNER, now=now)
    user = User.objects.create_user("eve@x.example")
    follow_provider(user=user, roles={"acme": Role.OWNER}, managed={"acme"}, now=now)
    invite_colleague(
        organisation=organisation, email="eve@home.example", role=Role.OWNER, actor=Role.OWNER, by=user, now=now
    )
    follow_provider(user=user, roles=then, managed={"acme"}, now=now)
    assert not ColleagueInvitation.objects.exists()


def test_a_checkpoint_is_due_where_that_log_has_grown(
    organisation: Organisation, other_organisation: Organisation, now: datetime
) -> None:
    add_member(organisation=other_organisation, email="x@other.example", role=Role.OWNER, now=now)
    taken = take_checkpoint(organisation=organisation, now=now)
    assert taken
    for since in (taken.taken_at - timedelta(days=1), taken.taken_at + timedelta(days=1)):
        assert list(evidence.logs_without_checkpoint_since(since)) == [other_organisation]


def test_kept_figures_are_held_against_their_own_log(
    other_organisation: Organisation, house: House, now: datetime
) -> None:
    later = timezone.now()
    assert keep_figures(campaign_id=house.invitation.campaign_id, now=later)
    KeptFigures.objects.update(as_of=later - timedelta(days=1))
    assert behind(later) == []
    add_member(organisation=house.organisation, email="n@acme.example", role=Role.HELPER, now=now)
    assert behind(later) == [house.invitation.campaign_id]


def test_files_go_by_their_own_organisations_days(house: House, other_organisation: Organisation) -> None:
    Report.objects.update(state="done", files={"pdf": {}}, finished_at=NOW - timedelta(days=30))
    Organisation.objects.filter(pk=other_organisation.pk).update(report_days=7)
    assert reports_to_forget(NOW) == []
    Organisation.objects.filter(pk=house.organisation.pk).update(report_days=7)
    assert reports_to_forget(NOW) == [house.report.pk]
