"""Lists of names do not outlive those who are in them."""

from functools import partial

from django.db import transaction

from reports.models import Report
from reports.rules import ReportState
from reports.services.forgetting import delete_files

REASON = "Somebody in its list of names was erased, so its files were destroyed. Made again, it is without them."


@transaction.atomic
def forget_lists_of_names(*, campaign_id: int) -> None:
    """Destroys the files of a campaign's reports with names; one that is being made files nothing any more."""
    rows = Report.objects.filter(campaign_id=campaign_id, names=True).exclude(state=ReportState.QUEUED, attempts=0)
    held = dict(rows.select_for_update().order_by("pk").values_list("pk", "organisation_id"))
    ended = Report.objects.filter(campaign_id=campaign_id, pk__in=held).exclude(state=ReportState.QUEUED)
    ended.update(state=ReportState.FAILED, detail=REASON, files={}, file="", claim=None)
    for pk, organisation_id in held.items():
        transaction.on_commit(partial(delete_files, organisation_id, pk))
