"""Every page × every role: who gets in, who does not, and that a foreign organisation does not exist for you."""

import uuid
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from compliance.attestations.models import HelpRequest
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message, Suppression
from employees.gateways import roster_file
from employees.models import RegionAlias, RosterImport
from employees.services import plan_file
from organisations.models import Organisation, User
from organisations.rules import Role
from organisations.services import take_checkpoint
from reports.models import ReportSchedule
from reports.services import request_report

OWNER, ADMIN, AUDITOR, HELPER = Role.OWNER, Role.ADMIN, Role.AUDITOR, Role.HELPER
FIGURES = {OWNER, ADMIN, AUDITOR}
STAFF = {OWNER, ADMIN}
HELPERS = {OWNER, ADMIN, HELPER}

# name → roles that may, method
PAGES: dict[str, tuple[set[Role], str]] = {
    "dashboard": (FIGURES, "get"),
    "people": (STAFF, "get"),
    "import-upload": (STAFF, "get"),
    "import-plan": (STAFF, "get"),
    "import-commit": (STAFF, "post"),
    "import-discard": (STAFF, "post"),
    "import-undo": (STAFF, "post"),
    "import-columns": (STAFF, "post"),
    "import-settle": (STAFF, "post"),
    "import-rest": (STAFF, "post"),
    "import-moves": (STAFF, "get"),
    "import-download": (STAFF, "get"),
    "import-mend": (STAFF, "get"),
    "import-template": (STAFF, "get"),
    "people-export": (STAFF, "post"),
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
    "invitation-new-link": (STAFF, "post"),
    "invitation-end": (STAFF, "post"),
    "help": (HELPERS, "get"),
    "help-request": (HELPERS, "get"),
    "help-act": (HELPERS, "post"),
    "person-erase": (STAFF, "get"),
    "person-extract": (STAFF, "post"),
    "person-export": (STAFF, "post"),
    "suppressions": (STAFF, "get"),
    "suppression-release": (STAFF, "post"),
    "outbox": (STAFF, "get"),
    "outbox-mail": (STAFF, "get"),
    "outbox-mail-html": (STAFF, "get"),
    "reports": (FIGURES, "get"),
    "report-new": (FIGURES, "post"),
    "report": (FIGURES, "get"),
    "report-retry": (FIGURES, "post"),
    "report-bundle": (FIGURES, "get"),
    "report-schedules": (FIGURES, "get"),
    "report-schedule-end": (FIGURES, "post"),
    "report-cancel": (FIGURES, "post"),
    "report-file": (FIGURES, "get"),
    "report-download": (FIGURES, "get"),
    "evidence": (FIGURES, "get"),
    "settings": ({OWNER}, "get"),
    "settings-works-council": ({OWNER}, "post"),
    "settings-reports": ({OWNER}, "post"),
    "settings-looks": ({OWNER}, "post"),
    "logo": (FIGURES, "get"),
    "evidence-check": (FIGURES, "post"),
    "evidence-bundle": (FIGURES, "post"),
    "evidence-download": (FIGURES, "get"),
    "evidence-sign": (FIGURES, "post"),
    "evidence-checkpoint": (FIGURES, "get"),
    "evidence-addresses": ({OWNER}, "post"),
    "evidence-mail-again": ({OWNER}, "post"),
}


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
            found |= _names(item, route)
        elif item.name:
            found[item.name] = route
    return found


def test_the_table_names_every_page_of_the_workplace() -> None:
    assert {name for name, route in _names().items() if route.startswith("o/<slug:slug>/")} == PAGES.keys()


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
    keys: dict[str, object] = {
        "import": planned.pk,
        "campaign": campaign.pk,
        "report": report.pk,
        "place": alias.pk,
        "person": message.invitation.employee_id,
        "invitation": message.invitation_id,
        "help": HelpRequest.objects.create(
            organisation=organisation, request=AttestationRequest.objects.get(invitation=message.invitation)
        ).pk,
        "suppression": Suppression.objects.create(organisation=organisation, email="x@y.example", reason="Gone").pk,
    }
    plain = {
        "campaign-new", "campaign-reach", "campaign-approval", "report-new", "report-schedules",
        "import-upload", "import-template", "help",
    }  # fmt: skip

    def of(name: str) -> list[object]:
        if name in PUBLIC_ARGUMENTS:
            return [PUBLIC_ARGUMENTS[name]]
        if name.startswith("outbox-"):
            return [message.public_id]
        if name == "evidence-checkpoint":
            return [checkpoint.pk]
        if name == "report-schedule-end":
            return [ReportSchedule.objects.create(organisation=organisation, campaign=campaign, rhythm="weekly").pk]
        key = name.split("-", maxsplit=1)[0]
        own = [keys[key]] if key in keys and name not in plain else []
        return [*own, *FURTHER.get(name, [])]

    return of


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_what_the_table_says(
    name: str,
    role: Role,
    organisation: Organisation,
    arguments: Callable[[str], list[object]],
    signed_in: Callable[..., Client],
) -> None:
    roles, method = PAGES[name]
    response = getattr(signed_in(role), method)(reverse(name, args=[organisation.slug, *arguments(name)]))
    # 404 here is the page's own: the report is not made yet, or no mail lies in the outbox.
    assert (response.status_code == 403) == (role not in roles)
    assert response.status_code < 500


@pytest.mark.parametrize("name", PAGES)
def test_a_foreign_organisation_does_not_exist(
    name: str,
    organisation: Organisation,
    other_organisation: Organisation,
    arguments: Callable[[str], list[object]],
    signed_in: Callable[..., Client],
) -> None:
    """Neither under its own address, nor its rows under mine."""
    browser, method = signed_in(Role.OWNER, other_organisation), PAGES[name][1]
    foreign = reverse(name, args=[organisation.slug, *arguments(name)])
    assert getattr(browser, method)(foreign).status_code == 404
    if name in PUBLIC_ARGUMENTS:
        return  # the catalogue is the same for every organisation
    if rows := arguments(name):
        mixed = reverse(name, args=[other_organisation.slug, *rows])
        assert getattr(browser, method)(mixed).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_nobody_gets_in_unsigned(name: str, organisation: Organisation, client: Client) -> None:
    sample: dict[str, object] = {"outbox-mail": uuid.uuid4(), "outbox-mail-html": uuid.uuid4()}
    plain = {name for name, route in _names().items() if route.count("<") == 1}
    own = [] if name in plain else [sample.get(name, PUBLIC_ARGUMENTS.get(name, 1))]
    args = [
        organisation.slug,
        *own,
        *FURTHER.get(name, []),
    ]
    response = getattr(client, PAGES[name][1])(reverse(name, args=args))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_a_disabled_user_is_out_at_once(organisation: Organisation, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(Role.OWNER)
    assert browser.get(reverse("dashboard", args=["acme"])).status_code == 200
    User.objects.update(is_active=False)
    assert browser.get(reverse("dashboard", args=["acme"])).status_code == 302


def test_nobody_can_sign_up(client: Client, db: None) -> None:
    data = {
        "email": "eve@evil.example",
        "password1": "a long enough passphrase",
        "password2": "a long enough passphrase",
    }
    client.post(reverse("account_signup"), data)
    assert not User.objects.exists()
