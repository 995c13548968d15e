"""What is chosen for a report that is made again and again."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import campaigns
from organisations.models import Organisation, User
from reports.queries.schedules import eligible
from reports.rules import Paper, Rhythm, Sending
from reports.wording import LANGUAGES

RHYTHMS = [
    (Rhythm.WEEKLY.value, _("Every Monday")),
    (Rhythm.MONTHLY.value, _("On the first of each month")),
    (Rhythm.MILESTONES.value, _("7 days before each change, on its day, and at the campaign’s end")),
]
WHEN = dict(RHYTHMS)
SENDINGS = [
    (Sending.LINK.value, _("A link, to be opened after signing in")),
    (Sending.ATTACHMENT.value, _("The PDF itself. Whoever gets the mail can pass it on")),
]


class ScheduleForm(forms.Form):
    campaign = forms.ModelChoiceField(Campaign.objects.none(), empty_label=None, label=_("Campaign"))
    rhythm = forms.ChoiceField(label=_("When"), choices=RHYTHMS, widget=forms.RadioSelect, initial=Rhythm.WEEKLY.value)
    sending = forms.ChoiceField(label=_("As"), choices=SENDINGS, widget=forms.RadioSelect, initial=Sending.LINK.value)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, initial=get_language)
    paper = forms.ChoiceField(label=_("Paper"), choices=[(paper.value, paper.value) for paper in Paper])
    recipients = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("Who gets it"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Members who may make reports. Whoever may no longer gets none."),
        error_messages={"required": _("Choose at least one member.")},
    )

    def __init__(self, organisation: Organisation, data: Any = None) -> None:
        super().__init__(data)
        choosable = self.fields["campaign"], self.fields["recipients"]
        choosable[0].queryset = campaigns(organisation).exclude(state="draft")  # type: ignore[attr-defined]
        members = User.objects.filter(pk__in=[user.pk for user in eligible(organisation)]).order_by("email")
        choosable[1].queryset = members  # type: ignore[attr-defined]
