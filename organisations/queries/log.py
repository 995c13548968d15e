"""The evidence log as people search it: who did, saw, exported what, when."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from organisations.models import EvidenceEntry, Membership, Organisation, User

PAGE = 50


@dataclass(frozen=True)
class LogFilter:
    """Which entries; days are UTC, as the log writes them, and both are within."""

    kinds: tuple[str, ...] = ()
    user: int | None = None
    since: date | None = None
    until: date | None = None
    number: int | None = None  # of a campaign, report or import


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), UTC).isoformat(timespec="microseconds")


def log_entries(organisation: Organisation, wanted: LogFilter, before: int | None = None) -> QuerySet[EvidenceEntry]:
    """Newest first; those before a number. `at` is text that sorts as time does."""
    rows = EvidenceEntry.objects.filter(organisation=organisation).order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.since:
        rows = rows.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    if wanted.user is not None:
        rows = rows.filter(Q(facts__user=wanted.user) | Q(facts__by=wanted.user))
    if wanted.number is not None:
        of = Q(facts__campaign=wanted.number) | Q(facts__report=wanted.number) | Q(facts__import=wanted.number)
        rows = rows.filter(of)
    return rows


def streamed(rows: QuerySet[EvidenceEntry]) -> Iterator[EvidenceEntry]:
    return rows.iterator(chunk_size=2000)


def actors(entries: Collection[EvidenceEntry]) -> dict[int, str]:
    """Addresses of whom entries name by number; whose account is gone has none."""
    named = {entry.facts.get(key) for entry in entries for key in ("user", "by")}
    rows = User.objects.filter(pk__in=[pk for pk in named if isinstance(pk, int)])
    return dict(rows.values_list("pk", "email"))


def possible_actors(organisation: Organisation) -> list[tuple[int, str]]:
    """Members, for the page's choice."""
    rows = Membership.objects.filter(organisation=organisation).order_by("user__email")
    return list(rows.values_list("user_id", "user__email"))
