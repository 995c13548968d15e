"""Fixtures: an organisation with staff, a running campaign, its letters. Real database, real files, real PDFs."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.middleware import csrf
from django.test import Client
from django.utils import timezone

from compliance.attestations.pages import page_of
from compliance.attestations.queries import Visit, visit
from compliance.attestations.services import Receipt, record
from compliance.campaigns.letters.words import personal_link
from compliance.campaigns.models import Campaign, Invitation
from compliance.campaigns.rules import Terms
from compliance.campaigns.services import create_campaign, start_campaign
from compliance.catalogue.gateways import CatalogueFiles, read_catalogue
from compliance.catalogue.models import Policy
from compliance.catalogue.services import load_catalogue
from employees.models import Employee
from organisations.models import EvidenceCheckpoint, EvidenceEntry, Organisation, User
from organisations.rules import Role
from organisations.services import add_member, create_organisation

# A slow machine is no failure, and in CI the same examples run each time: nobody's work waits for luck.
hypothesis.settings.register_profile(
    "offswitch",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("offswitch")

# Each of several test processes counts in a part of Redis of its own: emptying it is not the others' business.
if (worker := os.environ.get("PYTEST_XDIST_WORKER", "")) and settings.REDIS_URL:
    where = urlsplit(settings.REDIS_URL)
    own = where._replace(path=f"/{1 + int(worker.removeprefix('gw'))}")
    settings.CACHES["default"]["LOCATION"] = urlunsplit(own)

# Pages carry tokens drawn by lot. Of these letters no word comes about, so that a test may look for any word in a page.
csrf.CSRF_ALLOWED_CHARS = "jqxzJQXZ"

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
TERMS = Terms("legitimate_interest", "Intranet, page Privacy", 90, "not_needed", "Voluntary, few data.")
APPEND_ONLY = (EvidenceEntry, EvidenceCheckpoint)
PASSWORD = "a long enough passphrase"  # the same for every test user


# Where several processes share the tests, a file belongs to one of them: the longest begin.
LONG_FILES = ("test_benchmarks", "test_journey", "test_browser", "test_report", "test_kinds", "test_signature")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"{name}.py": place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))  # which keeps the order of the others


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Any) -> None:
    """Outbox and reports of a test never meet those of another, or of a real installation."""
    settings.OUTBOX_DIR = tmp_path / "outbox"
    settings.ACCOUNT_OUTBOX_DIR = tmp_path / "outbox-accounts"
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.EMAIL_URL = ""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not settings.REDIS_URL:
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": tmp_path / "cache"}}
    cache.clear()


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, int]]]:
    """No broker in the suite: what would have been rung is noted. tests/config/test_worker.py uses the real one."""
    rung: list[tuple[str, dict[str, int]]] = []
    monkeypatch.setattr("organisations.doorbell._publish", lambda task, ids: rung.append((task.name, ids)))
    return rung


@pytest.fixture(scope="session", autouse=True)
def _flush_can_empty_the_evidence_log() -> Iterator[None]:
    """The flush between tests empties every table, which the log's triggers refuse: they stand aside for it alone."""
    patch = pytest.MonkeyPatch()
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def without_triggers(self: Any, sql_list: list[str]) -> None:
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "postgresql":
                tables = [model._meta.db_table for model in APPEND_ONLY]
                aside = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
                back = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]
            else:
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                triggers = cursor.fetchall()
                aside, back = [f"DROP TRIGGER {name}" for name, _ in triggers], [sql for _, sql in triggers]
            for statement in aside:
                cursor.execute(statement)
            flush(self, sql_list)
            for statement in back:
                cursor.execute(statement)

    patch.setattr(operations, "execute_sql_flush", without_triggers)
    yield
    patch.undo()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def catalogue_files() -> CatalogueFiles:
    """Read once: it takes longer than most tests, and nobody changes what was read."""
    return read_catalogue()


@pytest.fixture
def catalogue(db: None, catalogue_files: CatalogueFiles, now: datetime) -> None:
    load_catalogue(files=catalogue_files, now=now)


@pytest.fixture
def organisation(db: None, now: datetime) -> Organisation:
    return create_organisation(slug="acme", name="Acme", contact_email="privacy@acme.example", now=now)


@pytest.fixture
def other_organisation(db: None, now: datetime) -> Organisation:
    return create_organisation(slug="other", name="Other", contact_email="privacy@other.example", now=now)


@pytest.fixture
def hire(organisation: Organisation, now: datetime) -> Callable[..., Employee]:
    """Puts somebody on the roster: `hire("Ada", "GB")`."""

    def make(name: str, country: str, **fields: Any) -> Employee:
        fields = {"organisation": organisation, "email": f"{name.lower().replace(' ', '.')}@acme.example"} | fields
        return Employee.objects.create(name=name, country=country, created_at=now, **fields)

    return make


@pytest.fixture
def campaign(catalogue: None, organisation: Organisation) -> Campaign:
    """A draft about the LinkedIn training policy that closes in 30 days of real time."""
    return create_campaign(
        organisation=organisation,
        name="LinkedIn, winter",
        policies=Policy.objects.filter(key="linkedin-genai-training"),
        works_council="Agreement of 1 October 2025.",
        working_hours=False,
        terms=TERMS,
        closes_at=timezone.now() + timedelta(days=30),
        user=None,
        now=timezone.now(),
    )


@pytest.fixture
def invite(campaign: Campaign, hire: Callable[..., Employee]) -> Callable[..., Invitation]:
    """Hires one person, starts the campaign, and returns their invitation."""

    def make(name: str = "Ada", country: str = "GB") -> Invitation:
        person = hire(name, country)
        start_campaign(campaign=campaign, now=timezone.now())
        return Invitation.objects.get(employee=person)

    return make


def visit_of(invitation: Invitation, now: datetime | None = None) -> Visit:
    """What a page knows that is opened from this person's link."""
    found = visit(invitation.public_id, invitation.token_hash, now or timezone.now())
    assert found
    return found


def give(
    invitation: Invitation,
    *said: str,
    answers: dict[int, str] | None = None,
    submission: uuid.UUID | None = None,
    now: datetime | None = None,
) -> Receipt | None:
    """Answers a person's requests in order, as their page would; or `answers` by request id."""
    opened = visit_of(invitation, now)
    in_order = dict(zip([ask.request for ask in opened.to_answer], said, strict=False))
    return record(
        visit=opened,
        answers=in_order if answers is None else answers,
        submission=submission or uuid.uuid4(),
        shown=page_of(opened, "en").shown,
        now=now or timezone.now(),
    )


def link_path(invitation: Invitation) -> str:
    """The path of a personal link, as the mail has it."""
    return personal_link(invitation).removeprefix(settings.BASE_URL)


def sign_in(client: Client, user: User, *, second_factor: bool = True) -> Client:
    """The browser as it is just after a sign-in, by default with a second factor set up."""
    if second_factor and not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, generate_totp_secret())
    client.force_login(user)
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session.save()
    return client


@pytest.fixture
def signed_in(organisation: Organisation, now: datetime) -> Callable[..., Client]:
    """A browser signed in with a role: `signed_in(Role.AUDITOR)`."""

    def make(role: Role = Role.OWNER, to: Organisation = organisation) -> Client:
        email = f"{role}@{to.slug}.example"
        user = add_member(organisation=to, email=email, role=role, now=now, password=PASSWORD).user
        return sign_in(Client(), user)

    return make
