"""What the employee's page reads. It knows no organisation until its link is known."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from compliance.attestations.models import Attestation, HelpRequest, HelpTemplate, PublishedCount, Statement
from compliance.attestations.rules import Asked, HelpState, Shown
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, last_day
from compliance.campaigns.queries import alive
from compliance.catalogue.models import PolicyVersion
from compliance.catalogue.rules import Outcome
from employees.models import Employee
from organisations.models import Membership, Organisation
from organisations.prepared import Prepared
from organisations.rules import Act, Role, may


class Visit(NamedTuple):
    """A live link and all that its page is made of."""

    pk: int
    public_id: UUID
    country: str
    profile_country: str
    closes_at: datetime
    answered_at: datetime | None
    employee_id: int
    name: str
    email: str
    language: str
    campaign_id: int
    campaign: str
    why: str
    notice: str
    confirm_address: bool
    organisation_id: int
    organisation: str
    contact_email: str
    key_version: int
    asked: tuple[Asked, ...]

    @property
    def last_day(self) -> date:
        return last_day(self.closes_at)

    @property
    def place(self) -> str:
        return self.profile_country or self.country

    @property
    def to_answer(self) -> tuple[Asked, ...]:
        """What an answer may be given to."""
        return tuple(ask for ask in self.asked if ask.collects)

    @property
    def anonymous(self) -> bool:
        return any(ask.anonymous for ask in self.asked)


_OF_LINK = (
    "pk", "public_id", "country", "profile_country", "closes_at", "answered_at", "employee_id", "employee__name",
    "employee__email", "employee__language", "campaign_id", "campaign__name", "campaign__why", "campaign__notice",
    "campaign__confirm_address", "campaign__organisation_id", "campaign__organisation__name",
    "campaign__organisation__contact_email", "key_version",
)  # fmt: skip
_OF_REQUEST = (
    "requests__pk", "requests__policy_version_id", "requests__region_status", "requests__advice",
    "requests__collection_mode", "requests__answered_at", "requests__withdrawn_at",
)  # fmt: skip


@lru_cache(maxsize=1_000)
def _version(pk: int) -> tuple[str, tuple[str, ...]]:
    """(policy/version, the answers that fit it); a loaded version never changes."""
    row = PolicyVersion.objects.select_related("policy").get(pk=pk)
    return f"{row.policy.key}/{row.key}", tuple(row.document["attestation"])


def _links(*, public_id: UUID, token_hash: str, now: datetime) -> QuerySet[Invitation, tuple[Any, ...]]:
    """A row for each of a link's requests."""
    rows = Invitation.objects.filter(alive(now), public_id=public_id, token_hash=token_hash)
    return rows.order_by("requests__pk").values_list(*_OF_LINK, *_OF_REQUEST)


def _owners(*, token_hash: str, now: datetime) -> QuerySet[Invitation, tuple[Any, ...]]:
    return Invitation.objects.filter(alive(now), token_hash=token_hash).values_list("public_id", "key_version")


_MARK = "the hash"
_LINKS = Prepared(_links, public_id=UUID(int=1), token_hash=_MARK, now=datetime(1999, 12, 31, tzinfo=UTC))
_OWNERS = Prepared(_owners, token_hash=_MARK, now=datetime(1999, 12, 31, tzinfo=UTC))


def visit(public_id: UUID, token_hash: str, now: datetime) -> Visit | None:
    """The live link with this id and this token's SHA-256."""
    found, parts = _LINKS.rows(public_id=public_id, token_hash=token_hash, now=now), len(_OF_LINK)
    if not found:
        return None
    asked = tuple(_asked(*row[parts:-1]) for row in found if row[parts] is not None and row[-1] is None)
    opened = Visit._make((*found[0][:parts], asked))
    return opened if opened.key_version in settings.LINK_KEYS else None  # a retired key's links are over


def _asked(pk: int, version: int, status: str, advice: str, mode: str, answered_at: datetime | None) -> Asked:
    about, answers = _version(version)
    return Asked(pk, version, status, advice, mode, answered_at is not None, about, answers)


def token_owner(token_hash: str, now: datetime) -> UUID | None:
    """The public id of the live link with this token's SHA-256."""
    found = _OWNERS.rows(token_hash=token_hash, now=now)
    return found[0][0] if found and found[0][1] in settings.LINK_KEYS else None


def invitation_of(pk: int) -> Invitation:
    """A link's invitation with what its page and its mails say."""
    rows = Invitation.objects.select_related("campaign__organisation", "employee")
    return rows.get(pk=pk)


def requests_of(visit: Visit) -> list[AttestationRequest]:
    """The requests that this visit knows of, whatever has become of them since."""
    rows = AttestationRequest.objects.filter(invitation=visit.pk, pk__in=[ask.request for ask in visit.asked])
    return list(rows.select_related("policy_version__policy").order_by("id"))


def statement(visit: Visit, sha256: str) -> Shown | None:
    """Words that somebody of the organisation answered by, by their hash."""
    row = Statement.objects.filter(organisation=visit.organisation_id, sha256=sha256).first()
    return Shown(row.language, row.text, row.sha256) if row else None


def receipt_of(visit: Visit) -> tuple[str, list[Attestation]]:
    """The newest receipt of a person who answered by name, and the answers that it is for; ("", []) when there is
    none."""
    rows = Attestation.objects.filter(request__invitation=visit.pk).order_by("-id")
    newest = rows.exclude(receipt="").values_list("receipt", flat=True).first()
    if not newest:
        return "", []
    answers = rows.filter(receipt=newest).select_related("request__policy_version__policy").order_by("id")
    return newest, list(answers)


def answers_with_receipt(code: str) -> list[Attestation]:
    """What was recorded under a receipt's code."""
    rows = Attestation.objects.filter(receipt=code).order_by("id") if code else Attestation.objects.none()
    return list(rows.select_related("request__policy_version__policy", "request__invitation__campaign__organisation"))


def answers_as_of(request_ids: Iterable[int], as_of: datetime) -> dict[int, str]:
    """The answer each request had at an instant, from the append-only rows; unanswered ones are left out."""
    rows = Attestation.objects.filter(request_id__in=request_ids, created_at__lte=as_of).order_by("id")
    return dict(rows.values_list("request_id", "answer"))


def published_counts(campaign: Campaign, as_of: datetime) -> dict[str, Counter[Outcome]]:
    """Country → people by outcome, of what was counted without names and published by an instant."""
    rows = PublishedCount.objects.filter(campaign=campaign, created_at__lte=as_of).order_by("id")
    return {
        country: Counter({Outcome(name): people for name, people in counts.items()})
        for country, counts in rows.values_list("country", "counts")
    }


# --- Help ------------------------------------------------------------------------------------------------------------


def help_requests(organisation: Organisation) -> QuerySet[HelpRequest]:
    """Everything that was asked, the oldest open one first."""
    rows = HelpRequest.objects.filter(organisation=organisation)
    return rows.select_related(
        "request__policy_version__policy", "request__invitation__employee", "request__invitation__campaign", "taken_by"
    ).order_by("id")


def open_help(organisation: Organisation) -> QuerySet[HelpRequest]:
    return HelpRequest.objects.filter(organisation=organisation, state=HelpState.OPEN)


class WaitingForHelp(NamedTuple):
    """Who needs help: people with a request that no helper has answered. One person may have asked about more than
    one policy."""

    people: int
    requests: int


def waiting_for_help(organisation: Organisation) -> WaitingForHelp:
    """The one count of people who need help, for the queue and for whatever points to it."""
    found = open_help(organisation).aggregate(
        people=Count("request__invitation__employee", distinct=True), requests=Count("pk")
    )
    return WaitingForHelp(**found)


def help_request(organisation: Organisation, pk: int) -> HelpRequest | None:
    return help_requests(organisation).filter(pk=pk).first()


def help_of(employee: Employee) -> list[HelpRequest]:
    """What one person asked help for, the newest first."""
    rows = HelpRequest.objects.filter(request__invitation__employee=employee)
    return list(rows.select_related("request__policy_version__policy", "taken_by").order_by("-id"))


def answers_of(invitations: Sequence[Invitation]) -> list[Attestation]:
    """Every answer given by name through these links, corrected ones too, the newest first."""
    rows = Attestation.objects.filter(request__invitation__in=[each.pk for each in invitations])
    return list(rows.select_related("request__policy_version__policy").order_by("-id"))


def helpers(organisation: Organisation) -> list[Membership]:
    """Members who may answer requests for help, by address."""
    roles = [role.value for role in Role if may(role, Act.ANSWER_HELP)]
    rows = Membership.objects.filter(organisation=organisation, role__in=roles, disabled_at=None, user__is_active=True)
    return list(rows.select_related("user").order_by("user__email"))


def help_templates(organisation: Organisation) -> QuerySet[HelpTemplate]:
    return HelpTemplate.objects.filter(organisation=organisation).order_by("name")


class Given(NamedTuple):
    """An answer and its time; empty and None where there is none."""

    answer: str
    at: datetime | None


def answers_that_differ(campaign: Campaign) -> list[tuple[int, Given, Given]]:
    """Requests that do not carry the newest recorded answer, or not its time: each with what it carries and what is
    recorded. Where answers are counted without names there is neither, and nothing differs."""
    newest = Attestation.objects.filter(request=OuterRef("pk")).order_by("-id")
    rows = AttestationRequest.objects.filter(invitation__campaign=campaign).annotate(
        recorded=Coalesce(Subquery(newest.values("answer")[:1]), Value("")),
        recorded_at=Subquery(newest.values("created_at")[:1]),
    )
    differing = rows.filter(~Q(answer=F("recorded")) | (~Q(recorded="") & ~Q(answered_at=F("recorded_at"))))
    found = differing.order_by("pk").values_list("pk", "answer", "answered_at", "recorded", "recorded_at")
    return [(pk, Given(answer, at), Given(*recorded)) for pk, answer, at, *recorded in found]
