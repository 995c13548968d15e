"""Figures as the dashboard takes them: counted at once where a campaign is small, else as last counted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2s
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from compliance.campaigns.models import Campaign, Invitation
from compliance.campaigns.rules import LIVE
from compliance.catalogue.models import PolicyVersion
from organisations.models import EvidenceHead
from reports.models import KeptFigures
from reports.queries.readiness import Counted, count
from reports.rules import packed, unpacked

SMALL = 2_000  # people invited: counted within a few hundredths of a second
SOONEST = timedelta(seconds=15)
SHARE = 20  # counting takes a twentieth of a worker's time at the most
OVERDUE = timedelta(minutes=10)


@dataclass(frozen=True)
class Standing:
    """`counted` is None while a worker counts for the first time. `stale`: something has happened since `as_of`, and a
    worker may be asked to count again; `overdue`: none has, for long."""

    counted: Counted | None
    as_of: datetime
    stale: bool = False
    overdue: bool = False


def standing(campaign: Campaign, now: datetime) -> Standing:
    """`campaign` has its organisation."""
    kept = _kept().filter(campaign=campaign).first()
    if kept is None and not _large(campaign):
        return Standing(count(campaign, now, notes=True), now)
    if kept is None or kept.as_of is None or kept.counted["mode"] != campaign.organisation.works_council_mode:
        return Standing(None, now, stale=kept is None or kept.busy_until < now)
    age, moved = now - kept.as_of, kept.log_seq != (getattr(kept, "head", None) or 0)
    rested = age >= max(SOONEST, timedelta(seconds=SHARE * kept.seconds))
    behind = moved or kept.counted["in_force"] != in_force(now)
    return Standing(
        _counted(kept), kept.as_of, stale=behind and rested and kept.busy_until < now, overdue=moved and age > OVERDUE
    )


def in_force(now: datetime) -> str:
    """The day and the catalogue by which policies re-open: neither is in an organisation's log."""
    versions = PolicyVersion.objects.order_by("pk").values_list("pk", "sha256")
    found = "\n".join(f"{pk} {sha256}" for pk, sha256 in versions)
    return f"{timezone.localdate(now)} {blake2s(found.encode(), digest_size=8).hexdigest()}"


def _kept() -> QuerySet[Any]:
    """With `head`: where the organisation's log stands. Every act that changes a figure is in it."""
    heads = EvidenceHead.objects.filter(organisation=OuterRef("campaign__organisation"))
    return KeptFigures.objects.annotate(head=Subquery(heads.values("seq")[:1]))


def _large(campaign: Campaign) -> bool:
    return Invitation.objects.filter(campaign=campaign).order_by()[SMALL : SMALL + 1].exists()


def behind(now: datetime) -> list[int]:
    """Live campaigns of all organisations whose kept figures are old while their log, the day or the catalogue has gone
    on."""
    rows = _kept().filter(campaign__state__in=LIVE, as_of__lt=now - OVERDUE / 2)
    rows = rows.exclude(log_seq=F("head"), counted__in_force=in_force(now))
    return list(rows.order_by("as_of").values_list("campaign", flat=True)[:20])


def pack(counted: Counted, *, mode: bool, in_force: str) -> dict[str, object]:
    earlier = counted.earlier
    return {
        "mode": mode,
        "in_force": in_force,
        "tally": packed(counted.exact),
        "published": counted.published,
        "effective": {code: day.isoformat() for code, day in counted.effective.items()},
        "erased": counted.erased,
        "reopened": dict(counted.reopened),
        "earlier": {"tally": packed(earlier[0]), "published": earlier[1]} if earlier else None,
    }


def _counted(kept: KeptFigures) -> Counted:
    found, earlier = kept.counted, kept.counted["earlier"]
    return Counted(
        exact=unpacked(found["tally"]),
        published=found["published"],
        effective={code: date.fromisoformat(day) for code, day in found["effective"].items()},
        erased=found["erased"],
        reopened=found["reopened"],
        earlier=(unpacked(earlier["tally"]), earlier["published"]) if earlier else None,
    )
