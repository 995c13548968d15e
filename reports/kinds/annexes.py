"""From a long table to the engine of annexes: its rows in a file, its title and footer in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from reports.gateways.rows import write_rows
from reports.kinds.content import AnnexTable
from reports.localised import number
from reports.models import Report
from reports.press.job import Annex

_MARKED = 1000  # rows from one bookmark to the next


def annex_job(report: Report, facts: Mapping[str, Any], table: AnnexTable, path: str) -> Annex:
    """Writes the rows to `path`, as JSON lines."""
    count = write_rows(path, table.rows())
    log = facts["back"].log.hash[:12]
    instant = f"{facts['as_of_text']} · {_('log')} {log}" if log else facts["as_of_text"]
    marks = [(at, f"{number(at + 1)}–{number(min(at + _MARKED, count))}") for at in range(0, count, _MARKED)]
    return Annex(
        title=table.title,
        note=table.note,
        continued=_("%(title)s (continued)") % {"title": table.title},
        columns=list(table.columns),
        rows=path,
        footer=(report.organisation.name[:60], instant, _("Page {page} of {pages}")),
        marks=marks if len(marks) > 1 else [],
    )
