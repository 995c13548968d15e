"""Lists of names do not outlive those who are in them."""

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction

from reports.models import Report
from reports.rules import ReportState

REASON = "Somebody in its list of names was erased, so its files were destroyed. Made again, it is without them."


@transaction.atomic
def forget_lists_of_names(*, campaign_id: int) -> None:
    """Destroys the files of a campaign's reports with names; one that is being made files nothing any more."""
    found = Report.objects.filter(campaign_id=campaign_id, names=True).exclude(state=ReportState.QUEUED)
    paths = [made["path"] for report in found for made in report.files.values()]
    if found.update(state=ReportState.FAILED, detail=REASON, files={}, file="", claim=None):
        transaction.on_commit(lambda: _unlink(paths))


def _unlink(paths: Sequence[str]) -> None:
    for path in paths:
        (Path(settings.MEDIA_ROOT) / path).unlink(missing_ok=True)
