"""What somebody asks for on Reports, beside campaign, language, paper and instant."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import campaigns
from organisations.access import WorkplaceRequest
from organisations.models import Organisation
from organisations.rules import Act, Role, may
from reports import queries
from reports.models import Report
from reports.rules import ReportKind, Wanted

WHAT_FOR = {
    ReportKind.READINESS: _("Where a campaign stands: summary, regions, policies, figures. For a board."),
    ReportKind.CAMPAIGN: _(
        "What was sent when, in which words, on what grounds; a row for every mail. For an auditor."
    ),
    ReportKind.REGION: _("One country: its figures, what applies there and how people are asked. For its management."),
    ReportKind.COMPARISON: _("Two campaigns, or one at two instants, side by side: what has changed."),
}


class KindForm(forms.Form):
    """The fields that only some kinds have. `wanted()` is what the service takes."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in ReportKind], required=False)
    country = forms.RegexField(r"^[A-Z]{2}$", required=False, error_messages={"invalid": _("Choose a country.")})
    compared_with = forms.ModelChoiceField(Campaign.objects.none(), required=False)
    compared_as_of = forms.DateTimeField(required=False)
    names = forms.BooleanField(required=False)

    def __init__(
        self, data: Any, *, organisation: Organisation, campaign: Campaign, role: Role, as_of: datetime
    ) -> None:
        super().__init__(data)
        self.campaign, self.role, self.as_of = campaign, role, as_of
        others: Any = self.fields["compared_with"]
        others.queryset = campaigns(organisation).exclude(state="draft")

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        kind = found["kind"] = ReportKind(found.get("kind") or ReportKind.READINESS)
        if kind == ReportKind.REGION:
            self._region(found.get("country", ""))
        if kind == ReportKind.COMPARISON and not self.errors:
            self._comparison(found.get("compared_with"), found.get("compared_as_of"))
        if kind == ReportKind.CAMPAIGN and found.get("names"):
            self._names()
        return found

    def _region(self, country: str) -> None:
        if country not in queries.invited_countries(self.campaign):
            self.add_error("country", _("Choose a country in which somebody of this campaign was asked or told."))

    def _comparison(self, other: Campaign | None, at: datetime | None) -> None:
        if (other is None or other == self.campaign) and at is None:
            self.add_error("compared_with", _("Choose another campaign, or an earlier instant, to compare with."))
        elif at is not None and at > timezone.now():
            self.add_error("compared_as_of", _("Answers can be counted up to now, not up to a later day."))
        elif (other is None or other == self.campaign) and at is not None and at >= self.as_of:
            self.add_error("compared_as_of", _("Choose an instant before the one up to which answers count."))
        elif at is not None and at < (started := (other or self.campaign).started_at or at):
            began = date_format(localtime(started), "DATETIME_FORMAT")
            self.add_error(
                "compared_as_of",
                _("Choose an instant after %(began)s: before, nobody had been asked.") % {"began": began},
            )

    def _names(self) -> None:
        if not may(self.role, Act.SEE_PEOPLE):
            self.add_error("names", _("Names are for owners and admins."))
        elif self.campaign.organisation.works_council_mode:
            self.add_error("names", _("In works-council mode no report lists names."))
        elif queries.counts_without_names(self.campaign):
            self.add_error("names", _("Answers of this campaign are counted without names, so no report lists any."))

    def wanted(self) -> Wanted:
        """What of the fields belongs to the kind; the others are dropped."""
        found, kind = self.cleaned_data, self.cleaned_data["kind"]
        other = found["compared_with"] if kind == ReportKind.COMPARISON else None
        return Wanted(
            kind=kind,
            country=found["country"] if kind == ReportKind.REGION else "",
            compared_with=other.pk if other and other != self.campaign else None,
            compared_as_of=found["compared_as_of"] if kind == ReportKind.COMPARISON else None,
            names=found["names"] if kind == ReportKind.CAMPAIGN else False,
        )

    @property
    def first_error(self) -> str:
        return str(next(iter(next(iter(self.errors.values())))))


def report_or_404(request: WorkplaceRequest, pk: int) -> Report:
    """One with names is there for those alone who may see the people, and for nobody in works-council mode."""
    found, may_see = queries.report(request.organisation, pk), request.may(Act.SEE_PEOPLE)
    hidden = request.organisation.works_council_mode
    if found is None or (found.names and (hidden or not may_see)):
        raise Http404
    if hidden and found.figures and found.figures.get("step", 0) < request.organisation.smallest_group:
        raise Http404  # made before the mode, in smaller steps
    return found
