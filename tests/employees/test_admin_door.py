"""The Django admin: the second door to the same importer, behind the same sign-in."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from employees.models import Employee, RosterImport
from organisations.models import EvidenceEntry, Organisation, User
from tests.conftest import sign_in
from tests.employees.conftest import ADA, BOB, HEADER, Plan

URL = "/admin/employees/employee/"


@pytest.fixture
def root(db: None) -> Client:
    user = User.objects.create_user("root@acme.example", "x", is_staff=True, is_superuser=True)
    client = Client()
    sign_in(client, user)
    return client


def upload(root: Client, organisation: Organisation, *rows: str) -> str:
    file = SimpleUploadedFile("staff.csv", "\n".join([HEADER, *rows]).encode())
    given = {"import_file": file, "format": "0", "organisation": organisation.pk, "resource": ""}
    return root.post(f"{URL}import/", given).content.decode()


def confirm(root: Client, **given: str) -> str:
    planned = RosterImport.objects.latest("id")
    known = {"import_file_name": str(planned.pk), "original_file_name": "staff.csv", "format": "0", "resource": ""}
    return root.post(f"{URL}process_import/", known | given, follow=True).content.decode()


def test_an_upload_shows_its_plan_and_changes_nobody(root: Client, organisation: Organisation) -> None:
    page = upload(root, organisation, ADA, "2,<b>Bob</b>,bob@acme.example,Georgia,,Active")
    assert "Ada Lovelace" in page
    assert "could be GE, US-GA" in page
    assert "<b>Bob" not in page
    assert not Employee.objects.exists()
    assert RosterImport.objects.get().state == "planned"


def test_a_confirmation_carries_out_that_plan(root: Client, organisation: Organisation) -> None:
    upload(root, organisation, ADA, BOB)
    assert "2 new, 0 updated, 0 deleted" in confirm(root)
    assert RosterImport.objects.get().state == "committed"
    assert EvidenceEntry.objects.get(kind="roster.imported").facts["joiners"] == 2


def test_many_leavers_are_typed_here_too(root: Client, organisation: Organisation, load: Plan) -> None:
    load(ADA, BOB)
    upload(root, organisation, ADA)
    assert "more than a tenth of the staff" in confirm(root)
    assert Employee.objects.filter(status="active").count() == 2
    confirm(root, leavers="1")
    assert Employee.objects.filter(status="active").count() == 1


def test_a_file_that_is_none_says_why(root: Client, organisation: Organisation) -> None:
    assert (
        "has no column for: work e-mail"
        in upload(root, organisation)[:0]
        + root.post(
            f"{URL}import/",
            {
                "import_file": SimpleUploadedFile("staff.csv", b"Name\nAda\n"),
                "format": "0",
                "organisation": organisation.pk,
                "resource": "",
            },
        ).content.decode()
    )
    assert not Employee.objects.exists()


@pytest.mark.parametrize("number", range(4))
def test_every_format_leaves_by_this_door_and_is_logged(
    root: Client,
    organisation: Organisation,
    other_organisation: Organisation,
    hire: Callable[..., Employee],
    number: int,
) -> None:
    hire("=1+1", "GB")
    for name in ("Bob", "Cy"):
        hire(name, "GB", organisation=other_organisation)
    fields = {f"rosterresource_{name}": "on" for name in ("external_id", "name", "email", "country")}
    response = root.post(f"{URL}export/", {"format": str(number), "resource": "", **fields})
    assert response["Content-Disposition"].startswith("attachment")
    logged = EvidenceEntry.objects.filter(kind="roster.exported").order_by("organisation")
    assert [entry.facts["people"] for entry in logged] == [1, 2]


def test_nobody_edits_a_person_here(root: Client, hire: Callable[..., Employee]) -> None:
    person = hire("Ada", "GB")
    page = root.get(f"{URL}{person.pk}/change/").content.decode()
    assert 'name="_save"' not in page
    assert root.get(f"{URL}add/").status_code == 403
    assert root.post(f"{URL}{person.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_door_is_the_houses_own(client: Client, organisation: Organisation) -> None:
    response = client.get(URL, follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/")
    sign_in(client, User.objects.create_user("staff@acme.example", "x", is_staff=True))
    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}import/").status_code == 403
