"""The list of people as a campaign sees it: who is in it, whom its mail did not reach, who has answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower

from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message, Suppression
from compliance.campaigns.queries.audience import deciding, deciding_day
from compliance.campaigns.rules import MessageKind, MessageState
from compliance.catalogue.rules import ASKING, COLLECTING
from employees.models import Employee
from employees.queries import found_people
from employees.rules.listing import Wanted
from organisations.models import Organisation

NOT_REACHED = (MessageState.FAILED, MessageState.BOUNCED)
_ASKED = AttestationRequest.objects.filter(
    invitation=OuterRef("pk"), withdrawn_at=None, collection_mode__in=COLLECTING, advice__in=ASKING
)
_UNREACHED = Message.objects.filter(
    invitation=OuterRef("pk"), kind=MessageKind.INSTRUCTION, state__in=[state.value for state in NOT_REACHED]
)
# Where somebody may stand in a campaign → which invitations these are. `out` is having none.
_STANDING: dict[str, Callable[[QuerySet[Invitation]], QuerySet[Invitation]]] = {
    "in": lambda rows: rows,
    "out": lambda rows: rows,
    "unreached": lambda rows: rows.filter(Exists(_UNREACHED)),
    "ended": lambda rows: rows.exclude(revoked_at=None),
    "answered": lambda rows: rows.exclude(answered_at=None),
    "silent": lambda rows: rows.filter(Exists(_ASKED), answered_at=None, revoked_at=None),
}
_TELLING = frozenset({"answered", "silent"})  # nobody's business in works-council mode


def standings(organisation: Organisation) -> tuple[str, ...]:
    """By what the list may be narrowed within a campaign."""
    return tuple(name for name in _STANDING if not organisation.works_council_mode or name not in _TELLING)


def listed_people(organisation: Organisation, wanted: Wanted) -> QuerySet[Employee]:
    """Everybody whom `wanted` means, in its order. What may not be told narrows nothing."""
    found = found_people(organisation, wanted)
    if "no_mail" in wanted.needs:
        stopped = Suppression.objects.filter(organisation=organisation, email=Lower(OuterRef("email")))
        found = found.filter(Exists(stopped))
    if not wanted.campaign:
        return found
    standing = wanted.standing if wanted.standing in standings(organisation) else "in"
    mine = Invitation.objects.filter(campaign=int(wanted.campaign), campaign__organisation=organisation)
    rows = _STANDING[standing](mine)
    there = Exists(rows.filter(employee=OuterRef("pk")))
    return found.filter(~there if standing == "out" else there)


def standing_of(campaign: Campaign, people: Sequence[Employee]) -> dict[int, str]:
    """Person → where they stand in a campaign, in the words of `standings`; nobody who is not in it."""
    rows = Invitation.objects.filter(campaign=campaign, employee__in=[person.pk for person in people])
    rows = rows.annotate(unreached=Exists(_UNREACHED), asked=Exists(_ASKED)).order_by("id")
    hidden = campaign.organisation.works_council_mode
    found = {}
    for row in rows:
        said = "" if hidden else "answered" if row.answered_at else "silent" if row.asked else ""
        found[row.employee_id] = "ended" if row.revoked_at else "unreached" if row.unreached else said or "in"
        if said == "answered":
            found[row.employee_id] = said
    return found


# --- Acts upon many --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Split:
    """Who of some people an act is for, by id; and why it is not for the others: reason → people."""

    ids: list[int]
    skipped: dict[str, int]

    @property
    def number(self) -> int:
        return len(self.ids)


def _split(people: QuerySet[Employee], reason_of: Callable[[int, str, str, str, str], str]) -> Split:
    """`reason_of` takes id, status, address, country and subdivision, and says why somebody is skipped, or nothing."""
    ids: list[int] = []
    skipped: dict[str, int] = {}
    rows = people.order_by().values_list("pk", "status", "email", "country", "subdivision")
    for row in rows.iterator(chunk_size=5_000):
        if reason := reason_of(*row):
            skipped[reason] = skipped.get(reason, 0) + 1
        else:
            ids.append(row[0])
    return Split(sorted(ids), skipped)


def _stopped(organisation: Organisation, people: QuerySet[Employee]) -> set[str]:
    theirs = Suppression.objects.filter(
        organisation=organisation, email__in=people.order_by().values_list(Lower("email"), flat=True)
    )
    return set(theirs.order_by().values_list("email", flat=True))


def _theirs(campaign: Campaign, people: QuerySet[Employee]) -> QuerySet[Invitation]:
    """Of these people alone: an act upon many asks for some hundreds at a time."""
    return Invitation.objects.filter(campaign=campaign, employee__in=people.order_by().values("pk")).order_by()


def to_send_links(campaign: Campaign, people: QuerySet[Employee]) -> Split:
    """Who of these gets a new link of a campaign."""
    there = dict(_theirs(campaign, people).values_list("employee", "ended_by_staff"))
    stopped = _stopped(campaign.organisation, people)

    def reason(pk: int, status: str, email: str, country: str, subdivision: str) -> str:
        if status != Employee.Status.ACTIVE:
            return "left"
        if pk not in there:
            return "not_in"
        if there[pk]:
            return "ended"
        return "stopped" if email.lower() in stopped else ""

    return _split(people, reason)


def to_add(campaign: Campaign, people: QuerySet[Employee], on: date) -> Split:
    """Who of these a running campaign can take in as well."""
    there = set(_theirs(campaign, people).values_list("employee", flat=True))
    keys = list(campaign.policies.values_list("key", flat=True))
    decide = deciding(campaign.organisation, keys, deciding_day(campaign, on))

    def reason(pk: int, status: str, email: str, country: str, subdivision: str) -> str:
        if status != Employee.Status.ACTIVE:
            return "left"
        if pk in there:
            return "in"
        return "" if decide(country, subdivision) else "unconcerned"

    return _split(people, reason)


def to_leave(people: QuerySet[Employee]) -> Split:
    """Who of these is still here."""
    return _split(people, lambda pk, status, *rest: "left" if status != Employee.Status.ACTIVE else "")


def campaigns_to_list_by(organisation: Organisation) -> list[Campaign]:
    """Every campaign that has written to somebody, the newest first."""
    rows = Campaign.objects.filter(organisation=organisation).exclude(started_at=None)
    return list(rows.select_related("organisation").order_by("-id")[:50])
