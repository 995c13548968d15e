"""What a report holds beside its figures: policies, sources, mails, the evidence log. All as of its instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db.models import Count, Q
from django.utils import timezone

from compliance.campaigns.models import AttestationRequest, Campaign, Message
from compliance.campaigns.queries import FIRST_SENT
from compliance.campaigns.rules import MessageKind, MessageState
from compliance.catalogue.assembly import overdue
from compliance.catalogue.models import Policy, PolicyVersion
from compliance.catalogue.queries import conflicts_of, document, overrides_behind, sources
from compliance.catalogue.rules import Override
from compliance.catalogue.schema import ConflictEntry, SourceEntry, VersionEntry
from organisations.models import EvidenceCheckpoint, EvidenceEntry, Organisation
from organisations.queries import LogState, evidence_entries
from organisations.queries.evidence import checkpoints
from organisations.rules import first_broken
from reports.queries.returns import returned_by


@dataclass(frozen=True)
class VersionText:
    row: PolicyVersion
    text: VersionEntry
    sources: list[SourceEntry]


@dataclass(frozen=True)
class Background:
    """What the figures stand on."""

    versions: list[VersionText]
    conflicts: list[ConflictEntry]
    overdue: list[Policy]
    overrides: list[tuple[str, Override]]
    mails: dict[str, int]
    log: LogState
    checkpoint: EvidenceCheckpoint | None


def background(organisation: Organisation, campaign: Campaign, as_of: datetime) -> Background:
    versions = _versions(campaign, as_of)
    return Background(
        versions=versions,
        conflicts=conflicts_of({version.row.policy.key for version in versions}),
        overdue=_overdue(versions, timezone.localdate(as_of)),
        overrides=overrides_behind(organisation, _collection_reasons(campaign, as_of)),
        mails=mails_as_of(campaign, as_of),
        log=log_as_of(organisation, as_of),
        checkpoint=checkpoints(organisation).filter(taken_at__lte=as_of).first(),
    )


def _versions(campaign: Campaign, as_of: datetime) -> list[VersionText]:
    asked = AttestationRequest.objects.filter(invitation__campaign=campaign, created_at__lte=as_of)
    ids = list(asked.order_by().values_list("policy_version_id", flat=True).distinct())
    rows = PolicyVersion.objects.filter(pk__in=ids).select_related("policy").order_by("policy__key", "effective_from")
    return [VersionText(row, text := document(row), sources(text.core_sources())) for row in rows]


def _overdue(versions: Sequence[VersionText], on: date) -> list[Policy]:
    found = {version.row.policy.pk: version.row.policy for version in versions}
    return [policy for policy in found.values() if overdue(policy.review_due, on)]


def _collection_reasons(campaign: Campaign, as_of: datetime) -> set[str]:
    """Why answers were collected as they were, of every request of a campaign."""
    requests = AttestationRequest.objects.filter(invitation__campaign=campaign, created_at__lte=as_of).order_by()
    return set(requests.values_list("collection_reason", flat=True).distinct())


def mails_as_of(campaign: Campaign, as_of: datetime) -> dict[str, int]:
    """First mails that had gone out: all, not known to have arrived, returned by then, perhaps sent twice.

    No others: a reminder goes to whoever has not answered, a receipt to whoever has, and together with the figures
    their number would narrow those.
    """
    first = Message.objects.filter(campaign=campaign, kind=MessageKind.INSTRUCTION).alias(gone=FIRST_SENT)
    first = first.filter(gone__lte=as_of)
    return first.aggregate(
        sent=Count("pk"),
        unknown=Count("pk", filter=Q(state=MessageState.UNKNOWN)),
        returned=Count("pk", filter=returned_by(campaign, as_of)),
        twice=Count("pk", filter=Q(unsure=True)),
    )


def log_as_of(organisation: Organisation, as_of: datetime) -> LogState:
    """Checks the chain from the first entry to the last one of that instant."""
    at = as_of.astimezone(UTC).isoformat(timespec="microseconds")
    rows = EvidenceEntry.objects.filter(organisation=organisation, at__lte=at).order_by("-seq")
    last = rows.values_list("seq", "hash").first()
    if last is None:
        return LogState(0, "", None)
    seq, found = last
    return LogState(seq, found, first_broken(evidence_entries(organisation, seq)))
