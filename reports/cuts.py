"""The dashboard cut to a policy, a country or a department.

A cut shows a row of a table that is shown anyway, of the campaign or of one policy, and never a number of its own. So
whoever tries every address learns what the whole tables say and no more (decision 0044)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from compliance.catalogue.models import PolicyVersion
from reports.queries import PolicyRow, Readiness
from reports.queries.readiness import Line
from reports.rules import Figures, Row

NO_DEPARTMENT = "-"  # in an address: people of whom no department is given


@dataclass(frozen=True)
class Wish:
    """What an address asks for; "" for no cut. `policy` is key/version, `department` may be NO_DEPARTMENT."""

    policy: str = ""
    country: str = ""
    department: str = ""

    @property
    def any(self) -> bool:
        return bool(self.policy or self.country or self.department)


def wish(asked: QueryDict) -> Wish:
    return Wish(*(asked.get(name, "").strip()[:200] for name in ("policy", "country", "department")))


@dataclass(frozen=True)
class Cut:
    """What may be shown of the people of a cut. `figures` is None where nothing may, and `why` says so; `row` where
    they are a row of a table, which may be of several places counted together. `policies` only where all people are
    shown."""

    figures: Figures | None
    why: str = ""
    row: Row | None = None
    regions: Sequence[Row] = ()
    departments: Sequence[Row] = ()
    policies: Sequence[PolicyRow] = ()
    line: Line = ()


def policy_code(version: PolicyVersion) -> str:
    return f"{version.policy.key}/{version.key}"


def cut(found: Readiness, wanted: Wish) -> Cut:
    """Of figures that are shown; raises nothing, whatever the address says."""
    if found.too_few:
        return Cut(None, _("Fewer people were asked than the smallest group that may be shown."))
    whole = Cut(
        found.total,
        regions=found.regions,
        departments=found.departments,
        policies=found.policies,
        line=found.line,
    )
    if wanted.policy and (found.only_policy is None or policy_code(found.only_policy.version) != wanted.policy):
        return _one_of_several(found, wanted)
    if wanted.country and wanted.department:
        return Cut(
            None,
            _(
                "Answers are shown by country or by department, not by both at once: next to the two tables, such "
                "small groups would tell what somebody answered. Leave one of the two out."
            ),
        )
    if wanted.country:
        return _place(whole, "regions", wanted.country)
    if wanted.department:
        return _place(whole, "departments", "" if wanted.department == NO_DEPARTMENT else wanted.department)
    return whole


def _one_of_several(found: Readiness, wanted: Wish) -> Cut:
    """For all people together: a policy's places and days would lie over those of the campaign."""
    if wanted.policy in map(policy_code, found.held):
        return Cut(
            None,
            _(
                "Answers to this policy alone are not shown: next to the campaign’s figures they could tell what a few "
                "people answered."
            ),
        )
    policy = next((row for row in found.policies if policy_code(row.version) == wanted.policy), None)
    if policy is None:
        return Cut(None, _("This campaign asks about no such policy."))
    if wanted.country or wanted.department:
        return Cut(
            None,
            _(
                "This campaign asks about several policies. One of them is shown for all people together, places for "
                "all policies together. Leave the policy or the place out."
            ),
        )
    return Cut(policy.figures)


def _place(whole: Cut, table: str, code: str) -> Cut:
    row = _row(getattr(whole, table), code)
    if row is None:
        return Cut(None, _("Nobody of these people is there, or the figures are not shown by it."))
    return Cut(row.figures, row=row)


def _row(rows: Sequence[Row], code: str) -> Row | None:
    return next((row for row in rows if code in row.codes), None)
