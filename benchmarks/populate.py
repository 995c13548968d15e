"""People, a campaign, mails and answers in any number, written in bulk: what a report is measured on."""

import random
import uuid
from datetime import UTC, datetime, timedelta

from benchmarks.names import NAMES
from compliance.attestations.models import Attestation
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Letter, Message
from compliance.campaigns.rules import Terms
from compliance.campaigns.services import create_campaign
from compliance.catalogue.gateways import read_catalogue
from compliance.catalogue.models import Policy, PolicyVersion
from compliance.catalogue.services import load_catalogue
from employees.models import Employee
from organisations.models import Organisation
from organisations.services import create_organisation

START = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)
AS_OF = datetime(2025, 11, 24, 8, 0, tzinfo=UTC)
POLICIES = ("linkedin-affiliates-partners", "linkedin-genai-training", "linkedin-microsoft-ads")
COUNTRIES = {
    "DE": 20, "GB": 18, "US": 14, "FR": 9, "NL": 6, "CH": 6, "CA": 5, "HK": 4, "AT": 3, "ES": 3, "IT": 3, "PL": 2,
    "SE": 2, "BE": 1, "DK": 1, "IE": 1, "PT": 1, "CZ": 0.4, "NO": 0.3, "LI": 0.05, "IS": 0.05,
}  # fmt: skip
DEPARTMENTS = ("Engineering", "Sales", "Operations", "Finance", "People", "Legal", "Marketing", "Support", "")
LANGUAGES = ("en", "de", "fr", "nl", "es", "it", "pl", "")
ANSWERS = {
    "switched_off_now": 42, "already_off": 15, "no_account": 8, "left_on": 6, "prefer_not_to_say": 3, "not_visible": 3,
    "need_help": 2, "": 21,
}  # fmt: skip
_BATCH = 900


def make(people: int, slug: str = "bench", name: str = "Northwind Industries") -> Campaign:
    """A campaign of three policies that began seven weeks before `AS_OF`, most of it answered."""
    if not Policy.objects.exists():
        load_catalogue(files=read_catalogue(), now=START)
    organisation = create_organisation(slug=slug, name=name, contact_email="privacy@example.org", now=START)
    campaign = create_campaign(
        organisation=organisation,
        name="LinkedIn, autumn 2025",
        policies=Policy.objects.filter(key__in=POLICIES),
        closes_at=AS_OF + timedelta(days=14),
        user=None,
        now=START,
        works_council="Agreement of 1 October 2025.",
        working_hours=False,
        terms=Terms("legitimate_interest", "Intranet", 90, "done", ""),
    )
    Campaign.objects.filter(pk=campaign.pk).update(state="running", started_at=START)
    chance = random.Random(20251103)
    staff = _employees(organisation, people, chance)
    invitations = _invitations(campaign, staff)
    _requests(invitations, chance)
    _mails(campaign, invitations, chance)
    campaign.refresh_from_db()
    return campaign


def _employees(organisation: Organisation, people: int, chance: random.Random) -> list[Employee]:
    places = chance.choices(list(COUNTRIES), list(COUNTRIES.values()), k=people)
    rows = [
        Employee(
            organisation=organisation,
            name=f"{NAMES[number % len(NAMES)]} {number}",
            email=f"person.{number}@example.org",
            country=place,
            department=chance.choices(DEPARTMENTS, (30, 20, 20, 5, 4, 3, 6, 10, 2))[0],
            language=chance.choice(LANGUAGES),
            created_at=START,
        )
        for number, place in enumerate(places)
    ]
    Employee.objects.bulk_create(rows, batch_size=_BATCH)
    return list(Employee.objects.filter(organisation=organisation).order_by("id"))


def _invitations(campaign: Campaign, staff: list[Employee]) -> list[Invitation]:
    rows = [
        Invitation(
            campaign=campaign,
            employee=person,
            country=person.country,
            key_version=1,
            token_hash=f"{campaign.pk}-{person.pk}".rjust(64, "0"),
            closes_at=campaign.closes_at,
            created_at=START,
        )
        for person in staff
    ]
    Invitation.objects.bulk_create(rows, batch_size=_BATCH)
    return list(Invitation.objects.filter(campaign=campaign).order_by("id"))


def _requests(invitations: list[Invitation], chance: random.Random) -> None:
    rows = PolicyVersion.objects.filter(effective_from__lte=AS_OF).order_by("-effective_from")
    versions = [rows.filter(policy__key=key)[0] for key in POLICIES]
    kinds, weights, made = list(ANSWERS), list(ANSWERS.values()), []
    for invitation in invitations:
        said = chance.choices(kinds, weights)[0]
        at = START + timedelta(minutes=int(chance.triangular(0, 60 * 24 * 48, 60 * 24 * 8)))
        informed = invitation.country == "US"
        for version in versions:
            own = said if chance.random() < 0.97 else chance.choices(kinds, weights)[0]
            answer = "" if informed else own
            made.append(
                AttestationRequest(
                    invitation=invitation,
                    policy_version=version,
                    region_status="in_scope",
                    advice="send",
                    collection_mode="inform_only" if informed else "named",
                    reason="",
                    answer=answer,
                    answered_at=at if answer else None,
                    created_at=START,
                )
            )
    AttestationRequest.objects.bulk_create(made, batch_size=_BATCH)
    answered = AttestationRequest.objects.filter(invitation__campaign=invitations[0].campaign).exclude(answer="")
    given = [
        Attestation(
            request=row, answer=row.answer, submission=uuid.UUID(int=row.pk), language="en", created_at=row.answered_at
        )
        for row in answered.order_by("id")
        if row.answered_at
    ]
    Attestation.objects.bulk_create(given, batch_size=_BATCH)


def _mails(campaign: Campaign, invitations: list[Invitation], chance: random.Random) -> None:
    letter = Letter.objects.create(
        organisation=campaign.organisation,
        sha256="0" * 64,
        language="en",
        subject="Your choice",
        text="",
        html="",
        created_at=START,
    )
    rows = []
    for invitation in invitations:
        fate = chance.random()
        sent = START + timedelta(minutes=chance.randrange(600))
        rows.append(
            Message(
                public_id=uuid.UUID(int=invitation.pk),
                organisation=campaign.organisation,
                campaign=campaign,
                invitation=invitation,
                kind="instruction",
                state="bounced" if fate < 0.01 else "unknown" if fate < 0.015 else "sent",
                letter=letter,
                sent_to=invitation.employee.email,
                sent_name=invitation.employee.name,
                sent_at=sent,
                bounced_at=sent + timedelta(hours=1) if fate < 0.01 else None,
                due_at=START,
                created_at=START,
            )
        )
    Message.objects.bulk_create(rows, batch_size=_BATCH)
