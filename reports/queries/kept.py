"""Figures as the dashboard takes them: counted at once where a campaign is small, else as last counted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from compliance.campaigns.models import Campaign, Invitation
from compliance.campaigns.rules import LIVE
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
    return Standing(
        _counted(kept), kept.as_of, stale=moved and rested and kept.busy_until < now, overdue=moved and age > OVERDUE
    )


def _kept() -> QuerySet[Any]:
    """With `head`: where the organisation's log stands. Every act that changes a figure is in it."""
    heads = EvidenceHead.objects.filter(organisation=OuterRef("campaign__organisation"))
    return KeptFigures.objects.annotate(head=Subquery(heads.values("seq")[:1]))


def _large(campaign: Campaign) -> bool:
    return Invitation.objects.filter(campaign=campaign).order_by()[SMALL : SMALL + 1].exists()


def behind(now: datetime) -> list[int]:
    """Live campaigns of all organisations whose kept figures are old while their log has gone on."""
    rows = _kept().filter(campaign__state__in=LIVE, as_of__lt=now - OVERDUE / 2).exclude(log_seq=F("head"))
    return list(rows.order_by("as_of").values_list("campaign", flat=True)[:20])


def pack(counted: Counted, *, mode: bool) -> dict[str, object]:
    return {
        "mode": mode,
        "tally": packed(counted.exact),
        "published": counted.published,
        "effective": {code: day.isoformat() for code, day in counted.effective.items()},
        "erased": counted.erased,
        "reopened": dict(counted.reopened),
    }


def _counted(kept: KeptFigures) -> Counted:
    found = kept.counted
    return Counted(
        exact=unpacked(found["tally"]),
        published=found["published"],
        effective={code: date.fromisoformat(day) for code, day in found["effective"].items()},
        erased=found["erased"],
        reopened=found["reopened"],
    )
