"""The admin's part of the demo. Running it again finds what is there and adds nothing twice."""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from compliance.campaigns.models import Campaign, Message
from compliance.campaigns.queries import campaigns
from compliance.campaigns.rules import Assessment, CampaignState, LawfulBasis, MessageState, Terms
from compliance.campaigns.services import create_campaign, start_campaign
from compliance.campaigns.tasks import deliver_messages
from compliance.catalogue.queries import policies
from employees.gateways import roster_file
from employees.queries import countries
from employees.services import commit_import, discard_import, plan_file
from organisations.doorbell import ring
from organisations.models import Organisation
from organisations.queries import organisation_by_slug
from organisations.rules import Role
from organisations.services import add_member, create_organisation
from reports.models import Report
from reports.services import request_report
from reports.tasks import make_report

ADMIN = "admin@nordwind.example"
CAMPAIGN = "LinkedIn and AI training, November 2025"
_DONE = [MessageState.SENT, MessageState.UNKNOWN, MessageState.FAILED, MessageState.CANCELLED]


def organisation(*, own: bool) -> tuple[Organisation, Path]:
    """The demo's organisation, and the file with the admin's password: made at random, readable by its owner only."""
    now = timezone.now()
    slug, name = ("my-organisation", "My organisation") if own else ("nordwind", "Nordwind Instruments")
    login = settings.VAR_DIR / "demo" / "password.txt"
    if not login.exists():
        login.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(login, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(12))
    found = organisation_by_slug(slug)
    if found is None:
        # Mails of a demo stay on this machine for good, even if a mail server is configured later.
        found = create_organisation(
            slug=slug, name=name, contact_email="privacy@nordwind.example", now=now, outbox_only=True
        )
        member = add_member(
            organisation=found, email=ADMIN, role=Role.OWNER, now=now, password=login.read_text().strip()
        )
        member.user.set_password(login.read_text().strip())
        member.user.save(update_fields=["password"])
    return found, login


def roster(found: Organisation, path: Path) -> str:
    """Imports the file and says in one line what that did. Raises UnreadableRoster, ImportRefused or OSError."""
    now = timezone.now()
    planned = plan_file(organisation=found, file=roster_file(path.name, path.read_bytes()), user=None, now=now)
    if planned.changes_nothing:
        discard_import(roster_import=planned, now=now)
    else:
        commit_import(roster_import=planned, leavers_confirmed=True, now=now)
    counts, places = planned.counts, countries(found)
    return (
        f"Roster {path.name}: {counts['rows']} rows · {counts['joiners']} join · {counts['changes']} change · "
        f"{counts['leavers']} leave · {counts['untouched']} unchanged · {counts['review']} to review · "
        f"{counts['rejected']} rejected\n"
        f"On the roster: {sum(places.values())} people in {len(places)} countries"
    )


def campaign(found: Organisation) -> Campaign:
    """The running campaign, started now when there is none."""
    running = campaigns(found).filter(state=CampaignState.RUNNING, closes_at__gt=timezone.now()).first()
    if running:
        return running
    now = timezone.now()
    made = create_campaign(
        organisation=found,
        name=CAMPAIGN,
        policies=policies().filter(key="linkedin-genai-training"),
        closes_at=now + timedelta(days=30),
        works_council="Invented for this demo: agreement of 1 October 2025.",
        working_hours=False,  # nobody waits until Monday for a demo
        terms=Terms(
            lawful_basis=LawfulBasis.LEGITIMATE_INTEREST,
            notice="the privacy notice for staff, on the intranet (invented for this demo)",
            assessment=Assessment.NOT_NEEDED,
            assessment_note="Invented for this demo: no monitoring, voluntary answers, few data.",
        ),
        user=None,
        now=now,
    )
    start_campaign(campaign=made, now=now)
    ring(deliver_messages)
    return made


def mails_wanted(campaign_id: int) -> int:
    return Message.objects.filter(invitation__campaign=campaign_id).count()


def mails_done(campaign_id: int) -> int:
    return Message.objects.filter(invitation__campaign=campaign_id, state__in=_DONE).count()


def mails_failed(campaign_id: int) -> int:
    return Message.objects.filter(invitation__campaign=campaign_id, state=MessageState.FAILED).count()


def report(found: Organisation, of: Campaign) -> Report:
    made = request_report(organisation=found, campaign=of, user=None, now=timezone.now())
    ring(make_report, report_id=made.pk)
    return made
