"""What several of the reports' tests share."""

from contextlib import nullcontext
from typing import Any

import pikepdf
import pytest

from reports.gateways import Pdf
from reports.press.job import Job


@pytest.fixture
def blank_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports have one empty page: for tests about figures, or about what happens to files. Others open real ones."""

    def draw(job: Job, **_: Any) -> Pdf:
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.save(job.out, deterministic_id=True)
        return Pdf(1)

    monkeypatch.setattr("reports.services.making.warm_engine", nullcontext)
    monkeypatch.setattr("reports.services.making.render_pdf", draw)
