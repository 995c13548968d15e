"""What was sent in a campaign by an instant: mails counted and one by one, letters, the rules behind them, the log.

Only the first mail tells nothing about answers: everybody gets it. Reminders stop with an answer, so who got one and
how many did is left to those who may see names; receipts and answers to requests for help are in no list at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, Count, DateTimeField, F, Max, Min, Q, QuerySet, When

from compliance.campaigns.models import AttestationRequest, Campaign, Letter, Message
from compliance.campaigns.queries import FIRST_SENT
from compliance.campaigns.rules import MessageKind, MessageState
from compliance.catalogue.models import PolicyVersion
from compliance.catalogue.rules import CollectionMode
from organisations.models import EvidenceEntry, Organisation
from reports.queries.returns import returned_by
from reports.queries.tallies import stood_at

TOLD = (MessageKind.INSTRUCTION, MessageKind.REMINDER, MessageKind.LINK)
MOST_ACTS = 60


@dataclass(frozen=True)
class Dispatch:
    """Mails of one kind and step. `made` = handed_over + those that had not gone out by the instant; of those handed
    over, `returned` came back by then and of `unknown` it is not known whether they arrived."""

    kind: MessageKind
    step: int
    made: int
    handed_over: int
    returned: int
    unknown: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class LetterSent:
    """A letter, by its number in this report, and the mails that carried it."""

    number: int
    row: Letter
    kind: MessageKind
    mails: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Ground:
    """One decision under which people were asked or told: where, and how many of them."""

    version: PolicyVersion
    status: str
    advice: str
    mode: str
    countries: tuple[str, ...]
    people: int


class Mail(NamedTuple):
    """One mail as it stood at the instant. `outcome`: handed_over, returned, unknown or waiting."""

    public_id: str
    kind: MessageKind
    step: int
    country: str
    name: str
    address: str
    letter: int | None
    gone: datetime | None
    outcome: str


class Act(NamedTuple):
    seq: int
    at: datetime
    kind: str
    hash: str


def _mails(campaign: Campaign, as_of: datetime) -> QuerySet[Any]:
    """With `gone`, when it had gone out by the instant, None for one that had not; and `back`, whether it had come
    back."""
    gone = Case(When(first__lte=as_of, then=F("first")), output_field=DateTimeField())
    rows = Message.objects.filter(campaign=campaign, created_at__lte=as_of, kind__in=TOLD).order_by()
    back = Case(When(returned_by(campaign, as_of), then=True), default=False, output_field=BooleanField())
    return rows.alias(first=FIRST_SENT).annotate(gone=gone, back=back)


def dispatches(campaign: Campaign, as_of: datetime, *, names: bool) -> list[Dispatch]:
    """Without names, of the first mails alone: that nobody was left to remind is told by no reminder."""
    out = Q(gone__isnull=False)
    counted = listed(campaign, as_of, names=names).values("kind", "step").annotate(
        made=Count("pk"),
        handed_over=Count("pk", filter=out),
        returned=Count("pk", filter=out & Q(back=True)),
        unknown=Count("pk", filter=out & Q(state=MessageState.UNKNOWN)),
        first=Min("gone"),
        last=Max("gone"),
    )  # fmt: skip
    found = [Dispatch(**{**row, "kind": MessageKind(row["kind"])}) for row in counted]
    return sorted(found, key=lambda item: (TOLD.index(item.kind), item.step))


def letters_sent(campaign: Campaign, as_of: datetime, *, names: bool, least: int) -> tuple[list[LetterSent], int]:
    """In the order in which they first went out; and how many are left out. Without names, those of first mails that
    `least` people got: a letter names a country, and may say what its only reader told."""
    gone = listed(campaign, as_of, names=names).filter(gone__isnull=False).exclude(letter=None)
    rows = gone.values("letter", "kind").annotate(mails=Count("pk"), first=Min("gone"), last=Max("gone"))
    every = list(rows)
    counted = [row for row in every if names or row["mails"] >= least]
    letters = Letter.objects.filter(organisation=campaign.organisation_id).in_bulk({row["letter"] for row in counted})
    counted.sort(key=lambda row: (row["first"], letters[row["letter"]].sha256, row["kind"]))
    found = [
        LetterSent(at, letters[row["letter"]], MessageKind(row["kind"]), row["mails"], row["first"], row["last"])
        for at, row in enumerate(counted, start=1)
    ]
    return found, len(every) - len(counted)


def listed(campaign: Campaign, as_of: datetime, *, names: bool) -> QuerySet[Any]:
    """Mails that a report counts and an annex has a row for: without names, the first ones."""
    rows = _mails(campaign, as_of)
    return rows if names else rows.filter(kind=MessageKind.INSTRUCTION)


def mails(campaign: Campaign, as_of: datetime, *, names: bool) -> Iterator[Mail]:
    """One by one, in order of going out; their numbers are random, and so is the order of those of one moment."""
    rows = listed(campaign, as_of, names=names).order_by(F("gone").asc(nulls_last=True), "public_id")
    columns = (
        "public_id", "kind", "step", "invitation__country", "sent_name", "sent_to", "invitation__employee__name",
        "invitation__employee__email", "letter_id", "gone", "back", "state",
    )  # fmt: skip
    for row in rows.values_list(*columns).iterator(chunk_size=2000):
        public_id, kind, step, country, name, address, called, at, letter, gone, back, state = row
        outcome = _outcome(gone, state, back=back)
        yield Mail(
            str(public_id), MessageKind(kind), step, country,
            (name or called) if names else "", (address or at) if names else "", letter, gone, outcome,
        )  # fmt: skip


def _outcome(gone: datetime | None, state: str, *, back: bool) -> str:
    if gone is None:
        return "waiting"
    if back:
        return "returned"
    return "unknown" if state == MessageState.UNKNOWN else "handed_over"


def grounds(campaign: Campaign, as_of: datetime, country: str = "") -> list[Ground]:
    """By policy and then by how many they concern; of one country, or of all."""
    rows = AttestationRequest.objects.filter(stood_at(as_of), invitation__campaign=campaign).order_by()
    if country:
        rows = rows.filter(invitation__country=country)
    keys = ("policy_version", "region_status", "advice", "collection_mode")
    places: dict[tuple[int, str, str, str], dict[str, int]] = {}
    for *key, place, people in rows.values_list(*keys, "invitation__country").annotate(people=Count("pk")):
        version, status, advice, mode = key
        places.setdefault((version, status, advice, mode), {})[place] = people
    versions = PolicyVersion.objects.select_related("policy").in_bulk({key[0] for key in places})
    found = [
        Ground(versions[version], status, advice, mode, tuple(sorted(counts)), sum(counts.values()))
        for (version, status, advice, mode), counts in places.items()
    ]
    return sorted(
        found,
        key=lambda item: (item.version.policy.key, item.version.effective_from, -item.people, item.status, item.advice),
    )


def counts_without_names(campaign: Campaign) -> bool:
    """Whether somebody's answers are counted and not kept by name: such a campaign has no list of names."""
    rows = AttestationRequest.objects.filter(invitation__campaign=campaign)
    return rows.filter(collection_mode=CollectionMode.ANONYMOUS_COUNT).exists()


def acts(organisation: Organisation, campaign: Campaign, as_of: datetime) -> list[Act]:
    """What the evidence log has of the running of a campaign, oldest first, the last `MOST_ACTS`."""
    at = as_of.astimezone(UTC).isoformat(timespec="microseconds")
    rows = EvidenceEntry.objects.filter(organisation=organisation, kind__startswith="campaign.", at__lte=at)
    found = rows.filter(facts__campaign=campaign.pk).order_by("-seq").values_list("seq", "at", "kind", "hash")
    return [Act(seq, datetime.fromisoformat(when), kind, digest) for seq, when, kind, digest in found[:MOST_ACTS]][::-1]


def invited_countries(campaign: Campaign) -> list[str]:
    rows = AttestationRequest.objects.filter(invitation__campaign=campaign).order_by("invitation__country")
    return list(rows.values_list("invitation__country", flat=True).distinct())
