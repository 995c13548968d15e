"""The first wall: within an organisation's pages, what does not say of which organisation it speaks is never asked."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import Count, F
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from employees.models import Employee
from organisations.access import WorkplaceRequest, workplace
from organisations.here import NOBODY, current, unscoped, within
from organisations.middleware import Walls
from organisations.models import Membership, Organisation, User
from organisations.rules import Act, Role
from organisations.services import add_member
from organisations.walls import Owned, Unscoped, held
from tests.by_hand.mutate_access import DOOR, doors

pytestmark = pytest.mark.django_db

# ruff: noqa: PLW0108
UNSAID: dict[str, Callable[[], object]] = {
    "read": lambda: list(Employee.objects.all()),
    "by a key that came from somewhere": lambda: Employee.objects.filter(pk=1).first(),
    "by keys": lambda: list(Employee.objects.filter(pk__in=[1, 2])),
    "excluded": lambda: list(Employee.objects.exclude(organisation=1)),
    "by another column": lambda: Employee.objects.filter(country="GB").count(),
    "by itself": lambda: Employee.objects.filter(organisation=F("organisation")).count(),
    "one side of an or": lambda: (Employee.objects.filter(organisation=1) | Employee.objects.filter(name="A")).count(),
    "exists": lambda: Employee.objects.exists(),
    "aggregate": lambda: Employee.objects.aggregate(n=Count("pk")),
    "aggregate of a part": lambda: Employee.objects.order_by("pk")[:3].aggregate(n=Count("pk")),
    "values": lambda: list(Invitation.objects.values_list("pk")),
    "as SQL": lambda: Invitation.objects.values("pk").query.sql_with_params(),
    "through a table in between": lambda: list(Message.objects.filter(invitation__employee__name="Ada")),
    "one part of a union": lambda: list(
        Employee.objects.filter(organisation=1).values("pk").union(Employee.objects.values("pk"))
    ),
    "by rows of anybody": lambda: list(Message.objects.filter(campaign__in=Campaign.objects.filter(state="running"))),
    "update": lambda: Employee.objects.filter(country="GB").update(country="DE"),
    "delete": lambda: Employee.objects.filter(country="GB").delete(),
    "organisations": lambda: list(Organisation.objects.all()),
    "another organisation": lambda: Organisation.objects.get(slug="other"),
}


@pytest.mark.parametrize("how", UNSAID)
def test_what_does_not_say_whose_it_is_raises(
    how: str, organisation: Organisation, invite: Callable[..., Invitation]
) -> None:
    invite()
    with within(organisation.pk), pytest.raises(Unscoped, match="without its organisation"):
        UNSAID[how]()


def test_what_says_it_goes_through(organisation: Organisation, invite: Callable[..., Invitation]) -> None:
    made = invite()
    with within(organisation.pk):
        ada = Employee.objects.get(organisation=organisation, name="Ada")
        assert Employee.objects.filter(organisation=organisation).aggregate(n=Count("pk")) == {"n": 1}
        invitation = Invitation.objects.get(campaign__organisation=organisation, employee=ada)
        assert invitation.campaign.organisation == organisation  # from row to row, without another filter
        assert list(Employee.objects.filter(pk=ada.pk).values_list("pk", flat=True)) == [ada.pk]  # found before
        assert list(invitation.requests.all()) == list(AttestationRequest.objects.filter(invitation=made))
        running = Campaign.objects.filter(organisation=organisation, state="running")
        assert Message.objects.filter(campaign__in=running).exists()
        assert not Employee.objects.none()
        ada.name = "Ada L."
        ada.save()
        ada.refresh_from_db()
        invitation.delete()
    assert Employee.objects.get().name == "Ada L."
    assert not Invitation.objects.exists()


def test_another_organisations_rows_are_refused(organisation: Organisation, other_organisation: Organisation) -> None:
    with within(organisation.pk):
        with pytest.raises(Unscoped, match="without its organisation"):
            Employee.objects.filter(organisation=other_organisation).first()
        with pytest.raises(Unscoped, match="another organisation's"), transaction.atomic():
            Employee.objects.create(organisation=other_organisation, name="Eve", email="e@x.example", country="GB")
        with pytest.raises(Unscoped, match="another organisation's"), transaction.atomic():
            Employee.objects.bulk_create([Employee(organisation=other_organisation, name="Eve", country="GB")])
    assert not Employee.objects.exists()


def test_outside_and_unscoped_everybody_may_be_asked_for(organisation: Organisation) -> None:
    assert Organisation.objects.count() == 1
    with within(organisation.pk):
        with unscoped("to see it in a test"):
            assert Organisation.objects.count() == 1
        with pytest.raises(Unscoped):
            Organisation.objects.count()
        with pytest.raises(ValueError, match="say why"), unscoped(" "):
            pass
    with within(NOBODY), pytest.raises(Unscoped):
        Employee.objects.filter(organisation=organisation).count()


@workplace(Act.SEE_PEOPLE)
def _careless(request: WorkplaceRequest) -> HttpResponse:
    return HttpResponse(str(Employee.objects.filter(name__icontains="a").count()))


@workplace(Act.SEE_PEOPLE)
def _slow(request: WorkplaceRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(str(Employee.objects.count()) for _ in range(1))


@pytest.fixture
def request_of(organisation: Organisation, now: object, rf: RequestFactory, signed_in: Callable[..., Client]) -> object:
    signed_in(Role.OWNER)
    request = rf.get("/")
    request.user = User.objects.get(email="owner@acme.example")
    return request


def test_a_view_that_forgets_the_organisation_raises(request_of: object) -> None:
    with pytest.raises(Unscoped):
        _careless(request_of, "acme")
    assert current() == 0  # and nothing of it is left


def test_a_page_without_a_guard_finds_no_row(organisation: Organisation, rf: RequestFactory) -> None:
    def unguarded(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(Employee.objects.filter(organisation=organisation).count()))

    with pytest.raises(Unscoped):
        Walls(unguarded)(rf.get("/o/acme/"))
    assert Walls(unguarded)(rf.get("/elsewhere/")).content == b"0"


def test_a_job_asks_for_its_own_rows_by_their_keys(
    organisation: Organisation, other_organisation: Organisation, invite: Callable[..., Invitation]
) -> None:
    ada = invite().employee
    with within(organisation.pk, ada):
        assert Employee.objects.get(pk=ada.pk) == ada
        with pytest.raises(Unscoped):
            Employee.objects.get(pk=ada.pk + 1)
        with pytest.raises(Unscoped):
            Invitation.objects.get(pk=ada.pk)


def test_a_response_that_is_still_being_sent_is_within(request_of: object) -> None:
    response = _slow(request_of, "acme")
    with pytest.raises(Unscoped):
        b"".join(response)
    assert current() == 0


def test_a_file_is_sent_as_it_is(tmp_path: object) -> None:
    response = FileResponse(iter([b"x"]))
    with within(1):
        assert held(response) is response


def test_every_table_of_an_organisation_stands_behind_the_wall() -> None:
    owned = {model for model in apps.get_models() if issubclass(model, Owned)}
    for model in apps.get_models():
        if model._meta.app_label in {"admin", "account", "mfa", "socialaccount", "usersessions"} or model in owned:
            continue
        points = [field.name for field in model._meta.get_fields() if field.concrete and field.related_model in owned]
        assert not points, f"{model.__name__} hangs on {points}: make it Owned (organisations.walls)"


def test_the_guard_asks_once_whose_members_somebody_is(
    organisation: Organisation, other_organisation: Organisation, now: object, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(Role.OWNER)
    add_member(organisation=other_organisation, email="owner@acme.example", role=Role.OWNER, now=now)  # type: ignore[arg-type]
    assert Membership.objects.filter(user__email="owner@acme.example").count() == 2
    assert browser.get("/o/acme/").status_code == 200
    assert browser.get("/o/other/").status_code == 200


def test_the_mutation_run_still_finds_what_it_takes_away() -> None:
    """It is run by hand: each guard that it takes away is in the code, once."""
    assert [mutant.what for mutant in doors()] == [what for *_, what in DOOR]
