"""Counts of a campaign at an instant, grouped by the database: one pass over people, one over policies.

What somebody had said at `as_of` is the request's current answer where that is older; only for answers given since is
the append-only history asked. So a past instant costs what has changed since, and the present nothing.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, F, IntegerField, Max, Q, QuerySet, Subquery, Value, When
from django.db.models import OuterRef as Outer

from compliance.attestations.models import Attestation
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.queries import FIRST_SENT
from compliance.campaigns.rules import MessageKind, MessageState
from compliance.catalogue.rules import ASKING, COLLECTING, CollectionMode, Outcome
from employees.models import Employee
from reports.queries.returns import returned_by
from reports.rules import CONFIRMED, COUNTED, RANKS, UNANSWERED, Figures, Tally, fold, with_published

_CUTS = ("place", "department", "language")
_OUTCOMES = (*(RANKS[kind] for kind in (Outcome.CONFIRMED, Outcome.DECLINED, Outcome.OPEN)), COUNTED)
NOTHING: Mapping[str, Counter[Outcome]] = {}


def stood_at(as_of: datetime) -> Q:
    """Requests that had been made by an instant, and stood then."""
    return Q(created_at__lte=as_of) & (Q(withdrawn_at=None) | Q(withdrawn_at__gt=as_of))


def requests_as_of(campaign: Campaign, as_of: datetime) -> QuerySet[AttestationRequest]:
    """Every request with `rank`, the outcome of its answer then, and `moment`, when that was given (UTC)."""
    history = Attestation.objects.filter(request=Outer("pk"), created_at__lte=as_of).order_by("-id")
    since, text = Q(answered_at__gt=as_of), CharField()
    rows = AttestationRequest.objects.filter(stood_at(as_of), invitation__campaign=campaign).order_by()
    rows = rows.annotate(
        said=Case(When(since, then=Subquery(history.values("answer")[:1])), default=F("answer"), output_field=text),
        moment=Case(When(since, then=Subquery(history.values("created_at")[:1])), default=F("answered_at")),
    )
    ranks = [When(said__in=answers, then=Value(rank)) for rank, answers in fold().items()]
    counted = When(collection_mode=CollectionMode.ANONYMOUS_COUNT, answered_at__lte=as_of, then=Value(COUNTED))
    return rows.annotate(rank=Case(counted, *ranks, default=Value(UNANSWERED), output_field=IntegerField()))


def _requests(campaign: Campaign, as_of: datetime) -> tuple[str, tuple[Any, ...]]:
    """SQL of one row a request: kind 1 asked, 2 offered, 0 told; its outcome, and when."""
    mode = Q(collection_mode__in=sorted(COLLECTING))
    kind = Case(When(mode & Q(advice__in=ASKING), then=Value(1)), When(mode, then=Value(2)), default=Value(0))
    rows = requests_as_of(campaign, as_of).annotate(kind=kind)
    return rows.values("invitation_id", "policy_version_id", "kind", "rank", "moment").query.sql_with_params()


def _mails(campaign: Campaign, as_of: datetime) -> tuple[str, tuple[Any, ...]]:
    """SQL of one row a person whose first mail had gone out by then: 2 it was accepted and stayed, 1 not known, 0 it
    came back. No other mails: a receipt goes to whoever has answered, a reminder to whoever has not."""
    fate = Case(
        When(returned_by(campaign, as_of), then=Value(0)),
        When(state=MessageState.UNKNOWN, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    first = Message.objects.filter(campaign=campaign, kind=MessageKind.INSTRUCTION).alias(gone=FIRST_SENT)
    rows = first.filter(gone__lte=as_of).order_by().values("invitation_id")
    return rows.annotate(fate=Max(fate)).query.sql_with_params()


def _sums() -> str:
    """The ten figures of a group of people, as columns in the order of `Figures`."""
    ranks = ", ".join(f"SUM(CASE WHEN least = {rank} THEN 1 ELSE 0 END)" for rank in _OUTCOMES)
    return (
        f"COUNT(least), {ranks}, SUM(CASE WHEN least IS NULL AND extra IS NULL THEN 1 ELSE 0 END), COUNT(extra), "
        f"SUM(CASE WHEN extra = {CONFIRMED} THEN 1 ELSE 0 END), SUM(CASE WHEN fate = 2 THEN 1 ELSE 0 END), "
        "SUM(CASE WHEN fate = 1 THEN 1 ELSE 0 END)"
    )


# The columns are named by us; what stands for rows is Django's own SQL. Both databases keep a WITH that is used twice.
_SQL = """
WITH request AS ({requests}), mail AS ({mails}),
told AS (
    SELECT invitation_id,
        CASE WHEN MAX(CASE WHEN kind = 1 AND "rank" = {counted} THEN 1 END) = 1 THEN {counted}
            ELSE MIN(CASE WHEN kind = 1 THEN "rank" END) END AS least,
        MIN(CASE WHEN kind = 2 THEN "rank" END) AS extra, MAX(CASE WHEN kind = 1 THEN moment END) AS last
    FROM request GROUP BY invitation_id
),
person AS (
    SELECT told.invitation_id, invitation.country AS place, employee.department, employee.language, least, extra, last,
        mail.fate
    FROM told
    JOIN {invitation} invitation ON invitation.id = told.invitation_id
    JOIN {employee} employee ON employee.id = invitation.employee_id
    LEFT JOIN mail ON mail.invitation_id = told.invitation_id
)
{cuts}
UNION ALL
SELECT 'day', place, {last}, least, COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0
FROM person WHERE least > 0 GROUP BY place, {last}, least
UNION ALL
SELECT 'policy', CAST(policy_version_id AS varchar(20)), '', "rank", COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0
FROM request WHERE kind = 1 GROUP BY policy_version_id, "rank"
"""


def _statement(campaign: Campaign, as_of: datetime) -> tuple[str, tuple[Any, ...]]:
    (requests, first), (mails, second) = _requests(campaign, as_of), _mails(campaign, as_of)
    cuts = [
        f"SELECT '{name}' AS cut, {name} AS code, '' AS day, {_sums()} FROM person GROUP BY {name}"  # noqa: S608
        for name in _CUTS
    ]
    sql = _SQL.format(
        requests=requests,
        mails=mails,
        counted=COUNTED,
        invitation=Invitation._meta.db_table,
        employee=Employee._meta.db_table,
        cuts=" UNION ALL ".join(cuts),
        last=_day("last"),
    )
    return sql, (*first, *second)


def _day(column: str) -> str:
    if connection.vendor == "sqlite":
        return f"COALESCE(date({column}), '')"
    return f"COALESCE(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD'), '')"


class _Groups:
    """What the statement's lines add up to."""

    def __init__(self) -> None:
        self.cuts: dict[str, dict[str, Figures]] = {name: {} for name in _CUTS}
        self.days: dict[str, dict[date, Counter[int]]] = {}
        self.policies: dict[int, Counter[int]] = {}

    def take(self, cut: str, code: str, day: str, *found: int) -> None:
        if cut in self.cuts:
            self.cuts[cut][code] = Figures(*found)
            return
        rank, number = found[:2]
        if cut == "policy":
            self.policies.setdefault(int(code), Counter())[rank] += number
        else:
            self.days.setdefault(code, {}).setdefault(date.fromisoformat(day), Counter())[rank] += number

    def tally(self) -> Tally:
        return Tally(
            total=sum(self.cuts["place"].values(), Figures()),
            regions=self.cuts["place"],
            departments=self.cuts["department"],
            languages=self.cuts["language"],
            days=self.days,
            policies={pk: _figures(ranks) for pk, ranks in self.policies.items()},
        )


def _figures(ranks: Counter[int]) -> Figures:
    return Figures(ranks.total(), *(ranks[rank] for rank in _OUTCOMES))


def tally(
    campaign: Campaign,
    as_of: datetime,
    published: Mapping[str, Counter[Outcome]] = NOTHING,
) -> Tally:
    """Exact figures. `published`: region → outcomes published of answers that are counted and not kept by name."""
    groups = _Groups()
    with connection.cursor() as cursor:
        cursor.execute(*_statement(campaign, as_of))
        for row in cursor.fetchall():
            groups.take(*row)
    return with_published(groups.tally(), published)
