"""One report from its row to its files."""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from organisations.here import within
from organisations.models import SigningCertificate
from organisations.services import take_checkpoint
from reports import composing
from reports.gateways import (
    Engine,
    Pdf,
    PdfFailed,
    SigningFailed,
    Stopped,
    render_pdf,
    warm_engine,
    write_csv,
    write_workbook,
)
from reports.kinds import Content, NotPossible, annex_job, assemble
from reports.models import FileMade, Report
from reports.services.jobs import advance, claim_report, fail, finish
from reports.services.signing import field_words, sign, signer_of

logger = logging.getLogger(__name__)


def build_report(*, report_id: int, now: datetime) -> bool:
    """Makes one report if nobody else does; returns whether this call did."""
    report = claim_report(report_id=report_id, now=now)
    if report is None:
        return False
    try:
        with within(report.organisation_id, report):
            with translation.override(report.language), warm_engine() as engine:
                _produce(report, engine)
            take_checkpoint(organisation=report.organisation, now=timezone.now())
    except Stopped:
        logger.info("Report %s was cancelled, or taken over.", report.pk)
    except (PdfFailed, NotPossible, SigningFailed) as error:
        fail(report=report, reason=str(error), now=timezone.now())
    except Exception:  # broad: the outermost edge of the job; the person waiting must see that it ended
        logger.exception("Report %s failed.", report.pk)
        reason = "Something went wrong while making this report. The log has the details."
        fail(report=report, reason=reason, now=timezone.now())
    return True


def _step(report: Report, progress: int, stage: str) -> None:
    if not advance(report, progress, stage):
        raise Stopped


def _produce(report: Report, engine: Engine) -> None:
    signer = signer_of(report, timezone.now())
    content = assemble(report, lambda progress, stage: _step(report, progress, stage))
    stem = f"reports/{report.organisation_id}/{report.pk}-{str(report.claim)[:8]}"
    target = Path(settings.MEDIA_ROOT) / f"{stem}.pdf"
    target.parent.mkdir(parents=True, exist_ok=True)
    _discard(target, f"{report.pk}-*")  # of a worker that died
    done = False
    try:
        _write_sheets(report, content, target)
        pdf = _draw(report, content, target, signer, engine)
        signature = _sign(report, content, target, signer) if signer else {}
        _step(report, 97, "Filing it")
        files = {name: _made(f"{stem}.{name}") for name in ("pdf", "xlsx", "csv", "json")}
        note = f"No installed font has these characters: {', '.join(pdf.missing)}." if pdf.missing else ""
        done = finish(
            report=report, files=files, pages=pdf.pages, figures=content.figures, note=note, signature=signature,
            now=timezone.now(),
        )  # fmt: skip
    finally:
        if not done:  # nobody will ever ask for them, and names may stand in them
            _discard(target, f"{target.stem}.*")


def _sign(report: Report, content: Content, target: Path, signer: SigningCertificate) -> dict[str, Any]:
    _step(report, 95, "Signing it")
    return sign(target, signer, f"{content.facts['kind']}, {content.facts['as_of_text']}")


def _draw(report: Report, content: Content, target: Path, signer: SigningCertificate | None, engine: Engine) -> Pdf:
    """The PDF, its annexes by way of files that are gone afterwards."""
    csv = target.with_suffix(".csv").relative_to(settings.MEDIA_ROOT)
    facts = {**content.facts, "csv_sha256": _made(str(csv))["sha256"], "signer": signer}
    try:
        annexes = [annex_job(report, facts, item, f"{target}.rows{at}") for at, item in enumerate(content.annexes)]
        job = composing.compose(
            report, facts, content.figures, str(target), template=content.template, annexes=annexes
        )  # fmt: skip
        if signer:
            job = replace(job, signature_field=field_words(signer))
        return render_pdf(job, tell=_teller(report), engine=engine)
    finally:
        _discard(target, f"{target.name}.*")


def _discard(target: Path, pattern: str) -> None:
    for path in target.parent.glob(pattern):
        path.unlink()


def _teller(report: Report) -> Callable[[int, int], bool]:
    """Between 40 and 95 per cent, by pages."""

    def tell(done: int, pages: int) -> bool:
        progress = 40 + 55 * done // pages if pages else 40
        return advance(report, progress, f"Drawing page {done:,} of {pages:,}" if pages else "Drawing the pages")

    return tell


def _write_sheets(report: Report, content: Content, target: Path) -> None:
    write_workbook(target.with_suffix(".xlsx"), content.sheets(), report.as_of.astimezone(UTC))
    headers, rows = content.flat()
    write_csv(target.with_suffix(".csv"), headers, rows)
    text = json.dumps(content.figures, ensure_ascii=False, indent=1, sort_keys=True)
    target.with_suffix(".json").write_text(text, encoding="utf-8")


def _made(name: str) -> FileMade:
    path = Path(settings.MEDIA_ROOT) / name
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileMade(path=name, sha256=digest, size=path.stat().st_size)
