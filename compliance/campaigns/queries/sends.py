"""How the mails of each campaign get on: what went, what is due, what waits, and how fast they go."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q

from compliance.campaigns.models import Campaign, Message
from compliance.campaigns.queries.mails import shown_mails
from compliance.campaigns.rules import GONE_OUT, CampaignState, MessageState
from organisations.models import Organisation

WINDOW = timedelta(minutes=5)  # what went within it says how fast mails go
MOST = 30


@dataclass(frozen=True)
class Send:
    """Mails of one campaign, in numbers of mails.

    `due` may go now, `later` has its time still to come, `first_due_at` is the oldest of those due; `held_up` have been
    tried, and wait to be tried again for the reason in `said`. `recent` went within the window, since `recent_since`;
    `moving` is whether any mail of the campaign did, also of those that may not be counted.
    """

    campaign: Campaign
    counts: dict[str, int]
    due: int = 0
    later: int = 0
    first_due_at: datetime | None = None
    next_at: datetime | None = None
    held_up: int = 0
    said: str = ""
    recent: int = 0
    recent_since: datetime | None = None
    moving: bool = False

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        return self.due + self.later + self.counts.get(MessageState.SENDING, 0)

    @property
    def gone(self) -> int:
        return sum(self.counts.get(state, 0) for state in GONE_OUT)


def sends(
    organisation: Organisation, now: datetime, *, people: bool, only: Collection[int] | None = None
) -> list[Send]:
    """The newest campaigns that have started, in at most four queries. In works-council mode, and for whom may not see
    the `people`, without the mails that would tell who has answered. `only`: of these campaigns."""
    if only is not None and not only:
        return []
    rows = Campaign.objects.filter(organisation=organisation).exclude(started_at=None).order_by("-started_at", "-id")
    found = list((rows if only is None else rows.filter(pk__in=only))[:MOST])
    shown = shown_mails(organisation, people=people)
    counts = _by_state(shown, found)
    busy = [
        item.pk for item in found
        if item.state in {CampaignState.RUNNING, CampaignState.PAUSED}
        and any(counts[item.pk].get(state) for state in (MessageState.QUEUED, MessageState.SENDING))
    ]  # fmt: skip
    waiting = _waiting(shown, busy, now) if busy else {}
    recent = _recent(shown, busy, now) if busy else {}
    return [Send(item, counts[item.pk], **waiting.get(item.pk, {}), **recent.get(item.pk, {})) for item in found]


def _by_state(shown: Q, found: Iterable[Campaign]) -> dict[int, dict[str, int]]:
    counts: dict[int, dict[str, int]] = {item.pk: {} for item in found}
    rows = Message.objects.filter(shown, campaign__in=counts).order_by()
    for pk, state, number in rows.values_list("campaign", "state").annotate(number=Count("id")):
        counts[pk][state] = number
    return counts


def _waiting(shown: Q, ids: list[int], now: datetime) -> dict[int, dict[str, Any]]:
    ready, tried = Q(due_at__lte=now), ~Q(detail="")
    rows = Message.objects.filter(shown, campaign__in=ids)  # also what nobody wants now: it tells nothing
    grouped = rows.filter(state=MessageState.QUEUED).order_by().values("campaign")
    found = grouped.annotate(
        due=Count("id", filter=ready),
        later=Count("id", filter=~ready),
        first_due_at=Min("due_at", filter=ready),
        next_at=Min("due_at", filter=~ready),
        held_up=Count("id", filter=tried),
        said=Max("detail"),
    )
    return {row["campaign"]: {name: value for name, value in row.items() if name != "campaign"} for row in found}


def _recent(shown: Q, ids: list[int], now: datetime) -> dict[int, dict[str, Any]]:
    shown &= ~Q(pk=None)  # an aggregate's filter must not be empty
    rows = Message.objects.filter(campaign__in=ids, state__in=GONE_OUT, sent_at__gt=now - WINDOW)
    found = rows.order_by().values("campaign").annotate(
        any=Count("id"), recent=Count("id", filter=shown), recent_since=Min("sent_at", filter=shown)
    )  # fmt: skip
    return {
        row["campaign"]: {"moving": row["any"] > 0, "recent": row["recent"], "recent_since": row["recent_since"]}
        for row in found
    }
