"""Reports as rows."""

from django.db.models import QuerySet

from organisations.models import Organisation
from reports.models import Report, ReportSettings


def reports(organisation: Organisation) -> QuerySet[Report]:
    return Report.objects.filter(organisation=organisation).select_related("campaign").order_by("-id")


def report(organisation: Organisation, pk: int) -> Report | None:
    return reports(organisation).select_related("organisation", "other").filter(pk=pk).first()


def report_settings(organisation: Organisation) -> ReportSettings:
    """As saved, or the defaults."""
    return ReportSettings.objects.filter(organisation=organisation).first() or ReportSettings(organisation=organisation)


def previous(report: Report) -> Report | None:
    """The last finished report of the same kind and campaign before this one."""
    rows = Report.objects.filter(
        organisation=report.organisation, campaign=report.campaign, kind=report.kind, region=report.region, state="done"
    )
    return rows.filter(as_of__lt=report.as_of).order_by("-as_of", "-id").first()
