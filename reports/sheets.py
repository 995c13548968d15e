"""The figures of a report as rows of XLSX and CSV: the numbers of its pages, no others."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from reports import wording
from reports.gateways import Sheet
from reports.models import Report
from reports.queries import Background, Readiness
from reports.rules import OUTCOME_CELLS, Figures, cell

_Row = list[str | int]


def number_headers() -> list[str]:
    return [
        _("Asked"), _("Reached"), _("Confirmed"), _("Declined"), _("Needs help"), _("Not published yet"),
        _("Outstanding"), _("Informed only"), _("Offered"), _("Took it"), _("Delivery not known"), _("Readiness"),
    ]  # fmt: skip


def numbers(figures: Figures, step: int) -> _Row:
    """Numbers as numbers; "<5" and "–" stand where none may."""

    def shown(value: int, of: int) -> str | int:
        return cell(value, of, step) or value

    outcomes = [shown(getattr(figures, name), figures.asked) for name in OUTCOME_CELLS]
    confirmed = wording.share(figures.confirmed, figures.asked, step)
    return [
        figures.asked, figures.reached, *outcomes, figures.unanswered, figures.informed, figures.offered,
        shown(figures.taken, figures.offered), figures.unclear, confirmed,
    ]  # fmt: skip


def _tables(found: Readiness) -> Iterator[tuple[str, str, list[tuple[str, Figures]]]]:
    """(sheet, first header, rows) of every table."""
    step = found.step
    regions = wording.named_regions(found.regions, step)
    yield (
        _("Regions"),
        _("Region"),
        [(f"{item.name} ({item.note})" if item.note else item.name, item.row.figures) for item in regions],
    )
    policies = [(f"{item.version.policy.key} {item.version.key}", item.figures) for item in found.policies]
    yield _("Policies"), _("Policy"), policies
    departments = wording.named_groups(found.departments, step)
    yield _("Departments"), _("Department"), [(item.name, item.row.figures) for item in departments]
    languages = wording.named_groups(found.languages, step, languages=True)
    yield _("Languages"), _("Language"), [(item.name, item.row.figures) for item in languages]


def figure_sheets(report: Report, found: Readiness, back: Background) -> Iterator[Sheet]:
    yield Sheet(_("Summary"), [_("What"), _("Figure")], _summary(report, found, back), widths=(34, 70))
    for name, first, rows in _tables(found):
        lines = [[label, *numbers(figures, found.step)] for label, figures in rows]
        total: Sequence[_Row] = [[_("All"), *numbers(found.total, found.step)]] if name == _("Regions") else []
        yield Sheet(name, [first, *number_headers()], [*lines, *total], widths=(40,))


def _summary(report: Report, found: Readiness, back: Background) -> list[_Row]:
    figures: list[_Row] = [
        [label, value]
        for label, value in zip(number_headers(), numbers(found.total, found.step), strict=True)
    ]  # fmt: skip
    return [
        [_("Organisation"), report.organisation.name],
        [_("Campaign"), report.campaign.name],
        [_("As of"), report.as_of.isoformat()],
        *figures,
        [_("Steps of people in which answers are shown"), found.step],
        [_("Limits"), _("Self-attested, not verified.")],
        [_("Evidence log"), back.log.hash],
    ]


def flat_rows(found: Readiness) -> tuple[list[str], list[_Row]]:
    """One line a row of any table."""
    rows: list[_Row] = [[_("All"), _("All"), *numbers(found.total, found.step)]]
    for name, _first, table in _tables(found):
        rows += [[name, label, *numbers(figures, found.step)] for label, figures in table]
    return [_("Table"), _("Row"), *number_headers()], rows
