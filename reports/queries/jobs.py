"""Reports as rows."""

from django.db.models import QuerySet

from organisations.models import Organisation
from reports.models import Report


def reports(organisation: Organisation, *, names: bool = True) -> QuerySet[Report]:
    """Newest first; `names`: also those that list people."""
    rows = Report.objects.filter(organisation=organisation).select_related("campaign").order_by("-id")
    return rows if names else rows.filter(names=False)


def report(organisation: Organisation, pk: int) -> Report | None:
    return reports(organisation).select_related("organisation").filter(pk=pk).first()
