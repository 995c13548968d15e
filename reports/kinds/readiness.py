"""Readiness: where a campaign stands, for a board."""

from datetime import UTC

from django.utils.translation import gettext as _

from reports import composing
from reports.kinds.content import Content, Step, figures_and_background, shared_facts
from reports.models import Report
from reports.sheets import figure_sheets, flat_rows


def content(report: Report, step: Step) -> Content:
    found, back = figures_and_background(report, step)
    return Content(
        template="reports/pdf/readiness.html",
        facts={
            **shared_facts(report, found, back, _("Readiness report")),
            **composing.readiness_context(found, report.as_of.astimezone(UTC).date()),
        },
        figures=composing.machine_figures(report, found, back),
        sheets=lambda: figure_sheets(report, found, back),
        flat=lambda: flat_rows(found),
    )
