from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from compliance.catalogue.models import Policy
from compliance.catalogue.queries import member_policies

LONGEST = timedelta(days=730)


class CampaignForm(forms.Form):
    name = forms.CharField(max_length=200, label="Name", help_text="For you and for reports; staff see it too.")
    policies = forms.ModelMultipleChoiceField(
        queryset=Policy.objects.none(),
        label="Policies",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one policy."},
    )
    why = forms.CharField(
        required=False,
        max_length=600,
        label="Why you write to staff",
        help_text="One or two sentences in your own words, shown in the mail and on the page. Optional.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    works_council = forms.CharField(
        required=False,
        max_length=600,
        label="Works council",
        help_text="Needed where staff in Germany are asked: the agreement and its date, or why none is needed.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    closes_on = forms.DateField(
        label="Last day to answer",
        help_text="Links work until the end of this day.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["policies"]
        assert isinstance(choices, forms.ModelMultipleChoiceField)
        choices.queryset = member_policies()
        self.fields["closes_on"].initial = timezone.localdate() + timedelta(days=30)

    def clean_closes_on(self) -> datetime:
        """The last instant of the day, in the organisation's time zone."""
        day = self.cleaned_data["closes_on"]
        if day < timezone.localdate():
            raise forms.ValidationError("This day has passed. Choose today or later.")
        if day > timezone.localdate() + LONGEST:
            raise forms.ValidationError("This is more than two years away. Choose an earlier day.")
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
