"""Every page × every role: who gets in, who does not, and that a foreign organisation does not exist for you."""

import uuid
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from compliance.attestations.models import HelpRequest
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message, Suppression
from employees.gateways import roster_file
from employees.models import PersonNote, RegionAlias, RosterImport
from employees.services import plan_file, save_view
from organisations.models import EvidenceJob, Membership, Organisation, User
from organisations.rules import Role
from organisations.services import add_member, invite_colleague, take_checkpoint
from reports.models import ReportSchedule
from reports.services import request_report

OWNER, ADMIN, AUDITOR, HELPER, MANAGER = Role
FIGURES = {OWNER, ADMIN, AUDITOR}
STAFF = {OWNER, ADMIN}
HELPERS = {OWNER, ADMIN, HELPER}

# name → roles that may, method
PAGES: dict[str, tuple[set[Role], str]] = {
    "dashboard": (FIGURES, "get"),
    "people": (STAFF, "get"),
    "import-upload": (STAFF, "get"),
    "import-sample": (STAFF, "post"),
    "import-plan": (STAFF, "get"),
    "import-commit": (STAFF, "post"),
    "import-discard": (STAFF, "post"),
    "import-undo": (STAFF, "post"),
    "import-columns": (STAFF, "post"),
    "import-settle": (STAFF, "post"),
    "import-rest": (STAFF, "post"),
    "import-moves": (STAFF, "get"),
    "import-download": (STAFF, "post"),
    "import-mend": (STAFF, "post"),
    "import-template": (STAFF, "get"),
    "people-export": (STAFF, "post"),
    "people-links": (STAFF, "post"),
    "people-add": (STAFF, "post"),
    "people-leave": (STAFF, "post"),
    "people-view-save": (STAFF, "post"),
    "view-delete": (STAFF, "post"),
    "places": (STAFF, "get"),
    "place-forget": (STAFF, "post"),
    "policies": (FIGURES, "get"),
    "policy": (FIGURES, "get"),
    "what-if": (FIGURES, "get"),
    "conflicts": (FIGURES, "get"),
    "collection": (FIGURES, "get"),
    "collection-override": (STAFF, "post"),
    "collection-withdraw": (STAFF, "post"),
    "campaigns": (FIGURES, "get"),
    "campaign-new": (STAFF, "get"),
    "campaign": (FIGURES, "get"),
    "campaign-start": (STAFF, "post"),
    "campaign-close": (STAFF, "post"),
    "campaign-send-again": (STAFF, "post"),
    "campaign-reach": (STAFF, "post"),
    "campaign-step": (STAFF, "get"),
    "campaign-use-audience": (STAFF, "post"),
    "campaign-preview": (STAFF, "get"),
    "campaign-preview-html": (STAFF, "get"),
    "campaign-test": (STAFF, "post"),
    "campaign-approve": (STAFF, "post"),
    "campaign-approval": ({OWNER}, "post"),
    "campaign-pause": (STAFF, "post"),
    "campaign-resume": (STAFF, "post"),
    "campaign-cancel": (STAFF, "post"),
    "campaign-clone": (STAFF, "post"),
    "campaign-delete": (STAFF, "post"),
    "campaign-notices": ({OWNER}, "post"),
    "campaign-links": ({OWNER}, "post"),
    "mail-texts": (STAFF, "get"),
    "person": (STAFF, "get"),
    "person-note": (HELPERS, "post"),
    "note-remove": (HELPERS, "post"),
    "invitation-new-link": (STAFF, "post"),
    "invitation-end": (STAFF, "post"),
    "help": (HELPERS, "get"),
    "help-request": (HELPERS, "get"),
    "help-act": (HELPERS, "post"),
    "help-templates": (HELPERS, "get"),
    "person-erase": (STAFF, "get"),
    "person-extract": (STAFF, "post"),
    "person-export": (STAFF, "post"),
    "mail-settings": (STAFF, "get"),
    "mail-test": (STAFF, "post"),
    "suppressions": (STAFF, "get"),
    "suppression-release": (STAFF, "post"),
    "outbox": (STAFF, "get"),
    "outbox-mail": (STAFF, "get"),
    "outbox-mail-html": (STAFF, "get"),
    "jobs": (FIGURES, "get"),
    "jobs-now": (FIGURES, "get"),
    "reports": (FIGURES, "get"),
    "report-new": (FIGURES, "post"),
    "report": (FIGURES, "get"),
    "report-retry": (FIGURES, "post"),
    "report-bundle": (FIGURES, "get"),
    "report-bundle-new": (FIGURES, "post"),
    "report-bundle-cancel": (FIGURES, "post"),
    "report-bundle-download": (FIGURES, "get"),
    "report-schedules": (FIGURES, "get"),
    "report-schedule-end": (FIGURES, "post"),
    "report-cancel": (FIGURES, "post"),
    "report-file": (FIGURES, "get"),
    "report-download": (FIGURES, "get"),
    "team": ({MANAGER}, "get"),
    "members": (FIGURES, "get"),
    "member-invite": (STAFF, "post"),
    "invited-again": (STAFF, "post"),
    "invited-revoke": (STAFF, "post"),
    "member-role": (STAFF, "post"),
    "member-names": (STAFF, "post"),
    "member-disable": (STAFF, "post"),
    "member-enable": (STAFF, "post"),
    "member-remove": (STAFF, "post"),
    "member-reset": (STAFF, "post"),
    "log": (FIGURES, "get"),
    "log-export": (FIGURES, "post"),
    "evidence": (FIGURES, "get"),
    "settings": ({OWNER}, "get"),
    "settings-works-council": ({OWNER}, "post"),
    "settings-reports": ({OWNER}, "post"),
    "settings-looks": ({OWNER}, "post"),
    "settings-certificate": ({OWNER}, "get"),
    "settings-certificate-remove": ({OWNER}, "post"),
    "logo": (FIGURES, "get"),
    "evidence-check": (FIGURES, "post"),
    "evidence-bundle": (FIGURES, "post"),
    "evidence-cancel": (FIGURES, "post"),
    "evidence-download": (FIGURES, "get"),
    "evidence-sign": (FIGURES, "post"),
    "evidence-checkpoint": (FIGURES, "get"),
    "evidence-addresses": ({OWNER}, "post"),
    "evidence-mail-again": ({OWNER}, "post"),
}


# Addresses outside the workplace: what they answer to a GET by nobody, and by somebody who is signed in.
OUT, ACCOUNT = (302, "/accounts/login/"), (200, "")
OTHERS: dict[str, tuple[tuple[int, str], tuple[int, str]]] = {
    "home": ((302, "/accounts/login/"), (302, "/o/acme/")),
    "organisation-choose": (OUT, ACCOUNT),
    "first-owner": ((404, ""), (404, "")),
    "first-organisation": (OUT, (302, "/")),
    "join": ((404, ""), (404, "")),
    "workplace-language": ((405, ""), (405, "")),
    "healthz": (ACCOUNT, ACCOUNT),
    "looks-css": (ACCOUNT, ACCOUNT),
    "comfort": ((405, ""), (405, "")),
    "link-enter": ((404, ""), (404, "")),
    "link-page": ((404, ""), (404, "")),
    "link-region": ((405, ""), (405, "")),
    "link-thanks": ((404, ""), (404, "")),
    "link-receipt": ((404, ""), (404, "")),
    "link-receipt-mail": ((405, ""), (405, "")),
    "link-leave": (ACCOUNT, ACCOUNT),
    "link-confirm": ((404, ""), (404, "")),
    "link-new": ((404, ""), (404, "")),
    "receipt-check": (ACCOUNT, ACCOUNT),
    "stop-reminders": ((404, ""), (404, "")),
    "account_login": (ACCOUNT, (302, "/")),
    "account_logout": ((302, "/accounts/login/"), ACCOUNT),
    "account_inactive": (ACCOUNT, ACCOUNT),
    "account_signup": ((302, "/accounts/2fa/"), (302, "/accounts/2fa/")),
    "account_email": ((302, "/accounts/2fa/"), (302, "/accounts/2fa/")),
    "socialaccount_signup": ((302, "/accounts/2fa/"), (302, "/accounts/2fa/")),
    "socialaccount_connections": ((302, "/accounts/2fa/"), (302, "/accounts/2fa/")),
    "account_reauthenticate": (OUT, ACCOUNT),
    "account_email_verification_sent": (ACCOUNT, ACCOUNT),
    "account_change_password": (OUT, ACCOUNT),
    "account_set_password": ((302, "/accounts/2fa/"), (302, "/accounts/2fa/")),
    "account_reset_password": (ACCOUNT, ACCOUNT),
    "account_reset_password_done": (ACCOUNT, ACCOUNT),
    "account_reset_password_from_key": (ACCOUNT, ACCOUNT),
    "account_reset_password_from_key_done": (ACCOUNT, ACCOUNT),
    "account_confirm_email": (ACCOUNT, ACCOUNT),
    "account_confirm_login_code": (OUT, (302, "/")),
    "mfa_index": (OUT, ACCOUNT),
    "mfa_authenticate": (OUT, (302, "/")),
    "mfa_reauthenticate": (OUT, ACCOUNT),
    "mfa_activate_totp": (OUT, (302, "/accounts/2fa/totp/deactivate/")),
    "mfa_deactivate_totp": (OUT, ACCOUNT),
    "mfa_view_recovery_codes": (OUT, (404, "")),
    "mfa_generate_recovery_codes": (OUT, ACCOUNT),
    "mfa_download_recovery_codes": (OUT, (404, "")),
    "mfa_list_webauthn": (OUT, ACCOUNT),
    "mfa_add_webauthn": (OUT, ACCOUNT),
    "mfa_reauthenticate_webauthn": (OUT, (302, "/accounts/reauthenticate/")),
    "mfa_remove_webauthn": (OUT, (404, "")),
    "mfa_edit_webauthn": (OUT, (404, "")),
    "mfa_login_webauthn": ((302, "/accounts/login/"), (302, "/")),
    "socialaccount_login_cancelled": (ACCOUNT, ACCOUNT),
    "socialaccount_login_error": ((401, ""), (401, "")),
    "saml_acs": ((302, "/accounts/saml/company/acs/finish/"), (302, "/accounts/saml/company/acs/finish/")),
    "saml_finish_acs": ((404, ""), (404, "")),
    "saml_sls": ((404, ""), (404, "")),
    "saml_metadata": ((404, ""), (404, "")),
    "saml_login": ((404, ""), (404, "")),
    "openid_connect_login": ((404, ""), (404, "")),
    "openid_connect_callback": ((404, ""), (404, "")),
    "usersessions_list": (OUT, ACCOUNT),
}
OTHER_ARGUMENTS: dict[str, list[object]] = {
    "join": ["x"], "looks-css": ["0b5fae"], "link-enter": ["x"], "stop-reminders": [uuid.UUID(int=1), "x"],
    "account_reset_password_from_key": ["1", "a-b"], "account_confirm_email": ["x"],
    "mfa_remove_webauthn": [1], "mfa_edit_webauthn": [1],
}  # fmt: skip

# Addresses without a name: each leads to one that has.
UNNAMED = {
    "accounts/email/", "accounts/3rdparty/", "accounts/signup/", "accounts/password/set/", "accounts/3rdparty/signup/",
    "accounts/social/login/cancelled/", "accounts/social/login/error/", "accounts/social/signup/",
    "accounts/social/connections/",
}  # fmt: skip

# What an address takes after the row's key.
FURTHER: dict[str, list[object]] = {
    "import-mend": ["csv"],
    "campaign-step": ["dates"],
    "help-act": ["take"],
    "report-file": ["csv"],
}

# Arguments that name nothing of an organisation's own.
PUBLIC_ARGUMENTS = {"logo": "ab" * 32, "policy": "linkedin-genai-training", "collection-withdraw": "US-CA"}


def _names(resolver: URLResolver | None = None, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for item in (resolver or get_resolver()).url_patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            # The Django admin makes its own addresses; all of them are behind one door (test_second_factor.py).
            found |= {} if route.startswith("admin/") else _names(item, route)
        else:
            found[item.name or route] = route
    return found


def test_the_tables_name_every_address() -> None:
    names = _names()
    assert {name for name, route in names.items() if route.startswith("o/<slug:slug>/")} == PAGES.keys()
    assert {name for name, route in names.items() if not route.startswith("o/<slug:slug>/")} == OTHERS.keys() | UNNAMED


@pytest.mark.parametrize("name", OTHERS)
def test_addresses_outside_the_workplace(name: str, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(AUDITOR)
    args = OTHER_ARGUMENTS.get(name, [])
    if name.startswith("link-") and name not in {"link-enter", "link-new"}:
        args = [uuid.UUID(int=1)]
    if name.startswith(("saml_", "openid_")):
        args = ["company"]
    for client, (status, where) in zip((Client(), browser), OTHERS[name], strict=True):
        response = client.get(reverse(name, args=args))
        found = response.get("Location", "").partition("?")[0]
        assert (response.status_code, found) == (status, where)


@pytest.fixture
def arguments(
    organisation: Organisation, campaign: Campaign, invite: Callable[..., Invitation], now: datetime
) -> Callable[[str], list[object]]:
    message = Message.objects.get(invitation=invite())
    file = roster_file("staff.csv", b"Name,Work Email,Country\nBob,bob@acme.example,DE")
    planned: RosterImport = plan_file(organisation=organisation, file=file, user=None, now=now)
    report = request_report(organisation=organisation, campaign=campaign, user=None, now=now)
    alias = RegionAlias.objects.create(organisation=organisation, spelling="bern", written="Bern", country="CH")
    checkpoint = take_checkpoint(organisation=organisation, now=now)
    assert checkpoint
    colleague = add_member(organisation=organisation, email="c@acme.example", role=HELPER, now=now)
    invited, _token = invite_colleague(
        organisation=organisation,
        email="d@acme.example",
        role=HELPER,
        actor=OWNER,
        by=colleague.user,
        now=timezone.now(),
    )
    keys: dict[str, object] = {
        "member": colleague.pk,
        "invited": invited.pk,
        "import": planned.pk,
        "campaign": campaign.pk,
        "report": report.pk,
        "place": alias.pk,
        "person": message.invitation.employee_id,
        "note": PersonNote.objects.create(
            organisation=organisation, employee=message.invitation.employee, text="Ada", created_at=now
        ).pk,
        "view": save_view(membership=colleague, name="Bern", query="", now=now).pk,
        "invitation": message.invitation_id,
        "help": HelpRequest.objects.create(
            organisation=organisation, request=AttestationRequest.objects.get(invitation=message.invitation)
        ).pk,
        "suppression": Suppression.objects.create(organisation=organisation, email="x@y.example", reason="Gone").pk,
    }
    plain = {
        "campaign-new", "campaign-reach", "campaign-approval", "report-new", "report-schedules",
        "import-upload", "import-sample", "import-template", "help", "help-templates", "member-invite",
    }  # fmt: skip

    def of(name: str) -> list[object]:
        if name in PUBLIC_ARGUMENTS:
            return [PUBLIC_ARGUMENTS[name]]
        if name.startswith("outbox-"):
            return [message.public_id]
        if name == "evidence-checkpoint":
            return [checkpoint.pk]
        if name == "evidence-cancel":
            return [EvidenceJob.objects.create(organisation=organisation, kind="check", created_at=now).pk]
        if name == "report-schedule-end":
            return [ReportSchedule.objects.create(organisation=organisation, campaign=campaign, rhythm="weekly").pk]
        key = name.split("-", maxsplit=1)[0]
        own = [keys[key]] if key in keys and name not in plain else []
        return [*own, *FURTHER.get(name, [])]

    return of


# What a page answers that does its work: a GET shows it, a POST shows it, goes on, or says what is missing.
DONE = {"get": {200}, "post": {200, 302, 422}}
# A step of a campaign that has started, and a part of a page asked for by itself: on to the page.
ON_TO = {"campaign-step", "report-bundle"}
# Nothing is there yet in this test: no report made, no mail in the outbox, no bundle, no file read.
NOT_YET = {
    "report-download", "report-file", "outbox-mail-html", "evidence-download", "import-download", "import-mend",
    "import-moves", "help-act", "campaign-links", "campaign-notices", "collection-withdraw", "member-role",
    "campaign-preview-html",
    "report-new", "view-delete",
    "outbox-mail", "people-export", "report-bundle-download", "logo",
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_page_answers_each_role_as_the_table_says(
    name: str,
    organisation: Organisation,
    arguments: Callable[[str], list[object]],
    signed_in: Callable[..., Client],
) -> None:
    """Nobody, every role that may not, a member kept out, an account that is off; then those who may."""
    roles, method = PAGES[name]
    url = reverse(name, args=[organisation.slug, *arguments(name)])
    nobody = getattr(Client(), method)(url)
    assert (nobody.status_code, nobody["Location"].partition("?")[0]) == (302, "/accounts/login/")
    for role in set(Role) - roles:
        assert getattr(signed_in(role), method)(url).status_code == 403, role
    first = min(roles, key=list(Role).index)
    kept_out = signed_in(first)
    mine = Membership.objects.filter(user__email=f"{first}@acme.example")
    mine.update(disabled_at=timezone.now())
    assert getattr(kept_out, method)(url).status_code == 404
    mine.update(disabled_at=None)
    User.objects.filter(email=f"{first}@acme.example").update(is_active=False)
    off = getattr(kept_out, method)(url)
    assert (off.status_code, off["Location"].partition("?")[0]) == (302, "/accounts/login/")
    User.objects.update(is_active=True)
    for role in sorted(roles, key=list(Role).index):
        response = getattr(signed_in(role), method)(url)
        done = DONE[method] | ({302} if name in ON_TO else set())
        assert response.status_code in done | ({404} if role != first or name in NOT_YET else set()), role
        assert not response.get("Location", "").startswith("/accounts/")


# What stands nowhere in another organisation's pages.
THEIRS = ("acme.example", "LinkedIn, winter", "x@y.example", "Bern", "staff.csv", "Ada")


@pytest.mark.parametrize("name", PAGES)
def test_a_foreign_organisation_does_not_exist(
    name: str,
    organisation: Organisation,
    other_organisation: Organisation,
    arguments: Callable[[str], list[object]],
    signed_in: Callable[..., Client],
) -> None:
    """Neither under its own address, nor its rows under mine, nor in what my pages list."""
    roles, method = PAGES[name]
    browser = signed_in(min(roles, key=list(Role).index), other_organisation)
    rows = arguments(name)
    foreign = reverse(name, args=[organisation.slug, *rows])
    assert getattr(browser, method)(foreign).status_code == 404
    if name in PUBLIC_ARGUMENTS:
        return  # the catalogue is the same for every organisation
    mixed = getattr(browser, method)(reverse(name, args=[other_organisation.slug, *rows]))
    if rows:
        assert mixed.status_code == 404
    elif method == "get":
        assert not [word for word in THEIRS if word in mixed.content.decode(errors="replace")]


def test_nobody_can_sign_up(client: Client, db: None) -> None:
    data = {
        "email": "eve@evil.example",
        "password1": "a long enough passphrase",
        "password2": "a long enough passphrase",
    }
    client.post(reverse("account_signup"), data)
    assert not User.objects.exists()
