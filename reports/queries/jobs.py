"""Reports as rows."""

from django.db.models import QuerySet

from organisations.models import Organisation
from reports.models import Report


def reports(organisation: Organisation) -> QuerySet[Report]:
    return Report.objects.filter(organisation=organisation).select_related("campaign").order_by("-id")


def report(organisation: Organisation, pk: int) -> Report | None:
    return reports(organisation).select_related("organisation").filter(pk=pk).first()
