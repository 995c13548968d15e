"""Who works here: invited by a link that works once, changed, kept out, removed; the last owner stays."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organisations.models import ColleagueInvitation, EvidenceEntry, Membership, Organisation, User
from organisations.queries import members, owners
from organisations.rules import Role
from organisations.services import (
    MemberRefused,
    accept_invitation,
    add_member,
    change_role,
    disable_member,
    invite_colleague,
    remove_member,
)
from tests.conftest import PASSWORD, sign_in

MEMBERS = reverse("members", args=["acme"])


def kinds() -> list[str]:
    return list(EvidenceEntry.objects.order_by("seq").values_list("kind", flat=True))


def link_in(folder: Path) -> str:
    """The path in the mail that was written last."""
    newest = max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    found = re.search(r"https?://[^/]+(/join/\S+)", newest.read_text())
    assert found
    return found[1]


def invite(browser: Client, email: str = "bob@acme.example", role: Role = Role.ADMIN) -> Any:
    return browser.post(reverse("member-invite", args=["acme"]), {"email": email, "role": role.value}, follow=True)


def member(organisation: Organisation, email: str, role: Role, now: datetime) -> Membership:
    return add_member(organisation=organisation, email=email, role=role, now=now, password=PASSWORD)


def press(browser: Client, name: str, which: Membership | int, **data: str) -> str:
    key = which if isinstance(which, int) else which.pk
    return str(browser.post(reverse(name, args=["acme", key]), data, follow=True).content.decode())


@pytest.fixture
def mails(settings: Any) -> Path:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = settings.ACCOUNT_OUTBOX_DIR
    return Path(settings.ACCOUNT_OUTBOX_DIR)


def test_a_colleague_comes_in_by_a_link_that_works_once(mails: Path, signed_in: Callable[..., Client]) -> None:
    assert "on its way to bob@acme.example" in invite(signed_in()).content.decode()
    link, bob = link_in(mails), Client()
    assert bob.get(link).status_code == 200
    assert not User.objects.filter(email="bob@acme.example").exists()  # looking uses nothing up
    assert "There is a problem" in bob.post(link, {"password": "password1234"}).content.decode()
    assert bob.post(link, {"password": PASSWORD})["Location"] == "/o/acme/"
    assert bob.get("/o/acme/")["Location"] == reverse("mfa_index")  # an admin's second factor comes first
    assert Membership.objects.get(user__email="bob@acme.example").role == "admin"
    assert Client().get(link).status_code == 404
    assert Client().post(link, {"password": PASSWORD}).status_code == 404
    assert kinds()[-2:] == ["member.invited", "member.joined"]


def test_the_database_keeps_no_link(mails: Path, signed_in: Callable[..., Client]) -> None:
    invite(signed_in())
    token = link_in(mails).split("/")[2]
    row = ColleagueInvitation.objects.get()
    assert len(token) == 43
    assert token not in str(vars(row))


def test_a_link_ends_by_time_by_hand_and_by_the_next_one(
    mails: Path, signed_in: Callable[..., Client], organisation: Organisation
) -> None:
    browser = signed_in()
    invite(browser)
    first = link_in(mails)
    row = ColleagueInvitation.objects.get()
    press(browser, "invited-again", row.pk)
    second = link_in(mails)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    ColleagueInvitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(second).status_code == 404
    assert "the link has run out" in browser.get(MEMBERS).content.decode()
    press(browser, "invited-again", row.pk)
    assert "does not work any more" in press(browser, "invited-revoke", row.pk)
    assert Client().get(link_in(mails)).status_code == 404
    assert kinds()[-1] == "member.invitation_revoked"


def test_a_mail_that_cannot_be_sent_is_said_and_sent_again(
    mails: Path, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in()

    def away(*args: object) -> None:
        raise SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", away)
        assert "the mail could not be sent" in invite(browser).content.decode()
    press(browser, "invited-again", ColleagueInvitation.objects.get().pk)
    assert "the link works until" in browser.get(MEMBERS).content.decode()


def test_an_admin_cannot_undo_an_owner_s_invitation(organisation: Organisation, now: datetime) -> None:
    owner = member(organisation, "o@acme.example", Role.OWNER, now).user
    both: dict[str, Any] = {"organisation": organisation, "email": "carol@acme.example", "by": owner, "now": now}
    invite_colleague(role=Role.OWNER, actor=Role.OWNER, **both)
    with pytest.raises(MemberRefused, match="Only an owner"):
        invite_colleague(role=Role.HELPER, actor=Role.ADMIN, **both)
    assert ColleagueInvitation.objects.get().role == "owner"


@pytest.mark.parametrize("act", [remove_member, disable_member])
def test_invitations_go_with_whoever_sent_them(
    act: Callable[..., None], organisation: Organisation, now: datetime
) -> None:
    owner = member(organisation, "o@acme.example", Role.OWNER, now).user
    admin = member(organisation, "a@acme.example", Role.ADMIN, now)
    invite_colleague(
        organisation=organisation, email="x@private.example", role=Role.ADMIN, actor=Role.ADMIN, by=admin.user, now=now
    )
    act(membership=admin, actor=Role.OWNER, by=owner, now=now)
    assert not ColleagueInvitation.objects.exists()


def test_an_invited_helper_begins_where_helpers_do(mails: Path, signed_in: Callable[..., Client]) -> None:
    invite(signed_in(), role=Role.HELPER)
    came = Client().post(link_in(mails), {"password": PASSWORD}, follow=True)
    assert came.redirect_chain[-1][0] == "/o/acme/help/"
    assert came.status_code == 200


def test_two_who_use_a_link_at_once_are_one(organisation: Organisation, now: datetime) -> None:
    owner = member(organisation, "o@acme.example", Role.OWNER, now).user
    made, _ = invite_colleague(
        organisation=organisation, email="B@acme.example", role=Role.HELPER, actor=Role.OWNER, by=owner, now=now
    )
    accept_invitation(invitation=made, password=PASSWORD, now=now)
    with pytest.raises(MemberRefused, match="used or taken back"):
        accept_invitation(invitation=made, password="something else entirely", now=now)
    assert User.objects.get(email="b@acme.example").check_password(PASSWORD)


def test_somebody_with_an_account_signs_in_first_and_keeps_their_password(
    mails: Path, signed_in: Callable[..., Client], other_organisation: Organisation, now: datetime
) -> None:
    bob = member(other_organisation, "bob@acme.example", Role.OWNER, now).user
    browser = signed_in()
    invite(browser, role=Role.HELPER)
    link = link_in(mails)
    assert Client().post(link, {"password": "mine from now on, ha"})["Location"].startswith("/accounts/login/")
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)
    assert browser.get(link).status_code == 403  # another's
    assert browser.post(link).status_code == 403
    his = sign_in(Client(), bob)
    assert his.post(link)["Location"] == "/o/acme/help/"
    assert set(Membership.objects.filter(user=bob).values_list("organisation__slug", "role")) == {
        ("other", "owner"), ("acme", "helper"),
    }  # fmt: skip
    assert "belongs here already" in invite(browser).content.decode()


def test_the_last_owner_stays(organisation: Organisation, now: datetime) -> None:
    one, two = (member(organisation, f"{name}@acme.example", Role.OWNER, now) for name in ("a", "b"))
    acting: dict[str, Any] = {"actor": Role.OWNER, "by": one.user, "now": now}
    disable_member(membership=two, **acting)
    for work in (disable_member, remove_member):
        with pytest.raises(MemberRefused, match="last owner"):
            work(membership=one, **acting)
    with pytest.raises(MemberRefused, match="last owner"):
        change_role(membership=one, role=Role.ADMIN, **acting)
    assert [item.pk for item in owners(organisation)] == [one.pk]


def test_an_owner_whose_account_is_off_does_not_count(organisation: Organisation, now: datetime) -> None:
    one, two = (member(organisation, f"{name}@acme.example", Role.OWNER, now) for name in ("a", "b"))
    User.objects.filter(pk=two.user_id).update(is_active=False)
    with pytest.raises(MemberRefused, match="last owner"):
        remove_member(membership=one, actor=Role.OWNER, by=one.user, now=now)


def test_an_admin_makes_and_unmakes_no_owner(
    organisation: Organisation, now: datetime, mails: Path, signed_in: Callable[..., Client]
) -> None:
    owner, admin = member(organisation, "o@acme.example", Role.OWNER, now), signed_in(Role.ADMIN)
    helper = member(organisation, "h@acme.example", Role.HELPER, now)
    assert "Select a valid choice" in invite(admin, role=Role.OWNER).content.decode()
    assert "Only an owner" in press(admin, "member-role", owner, role="helper")
    assert "Only an owner" in press(admin, "member-role", helper, role="owner")
    for name in ("member-disable", "member-remove"):
        assert "Only an owner" in press(admin, name, owner)
    assert "Another owner" in press(admin, "member-reset", helper)
    assert "nobody else can" in press(admin, "member-names", helper, sees_names="yes")
    owner.refresh_from_db()
    assert (owner.role, owner.disabled_at) == ("owner", None)
    assert "is auditor now" in press(admin, "member-role", helper, role="auditor")


@pytest.mark.parametrize(
    ("name", "data"), [("member-disable", {}), ("member-remove", {}), ("member-role", {"role": "helper"})]
)
def test_who_loses_something_is_signed_out_at_once(
    name: str, data: dict[str, str], organisation: Organisation, now: datetime, signed_in: Callable[..., Client]
) -> None:
    bob = member(organisation, "bob@acme.example", Role.AUDITOR, now)
    his = Client()
    his.post("/accounts/login/", {"login": "bob@acme.example", "password": PASSWORD})
    assert his.get("/o/acme/").status_code == 200
    press(signed_in(), name, bob, **data)
    assert his.get("/o/acme/")["Location"].startswith("/accounts/login/")
    his.post("/accounts/login/", {"login": "bob@acme.example", "password": PASSWORD})
    assert his.get("/o/acme/").status_code == (403 if name == "member-role" else 404)


def test_kept_out_and_let_in_again(organisation: Organisation, now: datetime, signed_in: Callable[..., Client]) -> None:
    bob, browser = member(organisation, "bob@acme.example", Role.AUDITOR, now), signed_in()
    press(browser, "member-disable", bob)
    assert "kept out since" in browser.get(MEMBERS).content.decode()
    press(browser, "member-enable", bob)
    assert sign_in(Client(), bob.user).get("/o/acme/").status_code == 200
    assert kinds()[-2:] == ["member.disabled", "member.enabled"]


def test_an_auditor_sees_people_only_where_an_owner_lets_them(
    organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    auditor, owner = signed_in(Role.AUDITOR), signed_in()
    found = members(organisation).get(role="auditor")
    people, export = reverse("people", args=["acme"]), reverse("people-export", args=["acme"])
    assert auditor.get(people).status_code == 403
    press(owner, "member-names", found, sees_names="yes")
    assert auditor.get(people).status_code == 200
    assert auditor.post(export, {"format": "csv"}).status_code == 403
    assert kinds()[-2:] == ["member.names_granted", "named_data.seen"]
    press(owner, "member-names", found, sees_names="no")
    assert auditor.get(people).status_code == 403


def test_a_lost_phone(
    organisation: Organisation, other_organisation: Organisation, now: datetime, signed_in: Callable[..., Client]
) -> None:
    owner, admin = signed_in(), signed_in(Role.ADMIN)
    found = members(organisation).get(role="admin")
    assert admin.get("/o/acme/").status_code == 200
    assert "sets up a new second factor" in press(owner, "member-reset", found)
    again = Client()
    again.post("/accounts/login/", {"login": "admin@acme.example", "password": PASSWORD})
    assert again.get("/o/acme/")["Location"] == reverse("mfa_index")
    assert kinds()[-1] == "member.second_factor_reset"
    add_member(organisation=other_organisation, email="admin@acme.example", role=Role.HELPER, now=now)
    assert "another organisation as well" in press(owner, "member-reset", found)
    mine = members(organisation).get(role="owner")
    assert "Another owner" in press(owner, "member-reset", mine)


def test_the_list_needs_few_queries(
    organisation: Organisation, now: datetime, signed_in: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        member(organisation, f"m{number}@acme.example", Role.HELPER, now)
    browser = signed_in()
    with django_assert_max_num_queries(8):
        assert browser.get(MEMBERS).status_code == 200
