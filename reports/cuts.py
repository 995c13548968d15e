"""The dashboard cut to a policy, a country or a department.

A cut shows a row of a table that is shown anyway, of the campaign or of one policy, and never a number of its own. So
whoever tries every address learns what the whole tables say and no more (decision 0044)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

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
    they are a row of a table, which may be of several places counted together. `policies` are rows of the same place in
    each policy's own table."""

    figures: Figures | None
    why: str = ""
    row: Row | None = None
    regions: Sequence[Row] = ()
    departments: Sequence[Row] = ()
    policies: Sequence[tuple[PolicyRow, Figures]] = ()
    line: Line = ()


def policy_code(row: PolicyRow) -> str:
    return f"{row.version.policy.key}/{row.version.key}"


def cut(found: Readiness, wanted: Wish) -> Cut:
    """Of figures that are shown; raises nothing, whatever the address says."""
    if found.too_few:
        return Cut(None, _("Fewer people were asked than the smallest group that may be shown."))
    whole = Cut(
        found.total,
        regions=found.regions,
        departments=found.departments,
        policies=[(row, row.figures) for row in found.policies],
        line=found.line,
    )
    if wanted.policy:
        policy = next((row for row in found.policies if policy_code(row) == wanted.policy), None)
        if policy is None:
            return Cut(None, _("This campaign asks about no such policy, or too few people about it to show them."))
        whole = Cut(policy.figures, regions=policy.regions, departments=policy.departments, line=policy.line)
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


def _place(whole: Cut, table: str, code: str) -> Cut:
    row = _row(getattr(whole, table), code)
    if row is None:
        return Cut(None, _("Nobody of these people is there, or the figures are not shown by it."))
    parts = [(policy, _row(getattr(policy, table), code)) for policy, _figures in whole.policies]
    same = [(policy, part.figures) for policy, part in parts if part and part.codes == row.codes and part.figures.asked]
    return Cut(row.figures, row=row, policies=same)


def _row(rows: Sequence[Row], code: str) -> Row | None:
    return next((row for row in rows if code in row.codes), None)
