"""One report from its row to its files."""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from organisations.services import take_checkpoint
from reports import composing
from reports.gateways import PdfFailed, Stopped, render_pdf, write_csv, write_workbook
from reports.models import FileMade, Report
from reports.queries import Background, Readiness, background, readiness
from reports.services.jobs import advance, claim_report, fail, finish
from reports.sheets import figure_sheets, flat_rows

logger = logging.getLogger(__name__)


def build_report(*, report_id: int, now: datetime) -> bool:
    """Makes one report if nobody else does; returns whether this call did."""
    report = claim_report(report_id=report_id, now=now)
    if report is None:
        return False
    try:
        with translation.override(report.language):
            _produce(report)
        take_checkpoint(organisation=report.organisation, now=timezone.now())
    except Stopped:
        logger.info("Report %s was cancelled, or taken over.", report.pk)
    except PdfFailed as error:
        fail(report=report, reason=str(error), now=timezone.now())
    except Exception:  # broad: the outermost edge of the job; the person waiting must see that it ended
        logger.exception("Report %s failed.", report.pk)
        reason = "Something went wrong while making this report. The log has the details."
        fail(report=report, reason=reason, now=timezone.now())
    return True


def _step(report: Report, progress: int, stage: str) -> None:
    if not advance(report, progress, stage):
        raise Stopped


def _produce(report: Report) -> None:
    _step(report, 5, "Counting answers")
    organisation = report.organisation
    found = readiness(report.campaign, report.as_of, organisation.smallest_group)
    _step(report, 25, "Checking the evidence log")
    back = background(organisation, report.campaign, report.as_of)
    _step(report, 35, "Writing the pages")
    figures = composing.machine_figures(report, found, back)
    stem = f"reports/{report.organisation_id}/{report.pk}-{str(report.claim)[:8]}"
    target = Path(settings.MEDIA_ROOT) / f"{stem}.pdf"
    target.parent.mkdir(parents=True, exist_ok=True)
    job = composing.compose(report, _facts(report, found, back), figures, str(target))
    pdf = render_pdf(job, tell=_teller(report))
    _step(report, 95, "Filing it")
    _write_sheets(report, found, back, figures, target)
    files = {name: _made(f"{stem}.{name}") for name in ("pdf", "xlsx", "csv", "json")}
    note = f"No installed font has these characters: {', '.join(pdf.missing)}." if pdf.missing else ""
    finish(report=report, files=files, pages=pdf.pages, figures=figures, note=note, now=timezone.now())


def _facts(report: Report, found: Readiness, back: Background) -> dict[str, Any]:
    return {
        **composing.context(report, found, back),
        **composing.readiness_context(found, report.as_of.astimezone(UTC).date()),
    }


def _teller(report: Report) -> Callable[[int, int], bool]:
    """Between 40 and 95 per cent, by pages."""

    def tell(done: int, pages: int) -> bool:
        progress = 40 + 55 * done // pages if pages else 40
        return advance(report, progress, f"Drawing page {done:,} of {pages:,}" if pages else "Drawing the pages")

    return tell


def _write_sheets(
    report: Report, found: Readiness, back: Background, figures: dict[str, Any], target: Path
) -> None:  # fmt: skip
    write_workbook(target.with_suffix(".xlsx"), figure_sheets(report, found, back), report.as_of.astimezone(UTC))
    headers, rows = flat_rows(found)
    write_csv(target.with_suffix(".csv"), headers, rows)
    text = json.dumps(figures, ensure_ascii=False, indent=1, sort_keys=True)
    target.with_suffix(".json").write_text(text, encoding="utf-8")


def _made(name: str) -> FileMade:
    path = Path(settings.MEDIA_ROOT) / name
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileMade(path=name, sha256=digest, size=path.stat().st_size)
