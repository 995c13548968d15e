from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.catalogue.rules import CollectionMode, Subject
from employees.names import country_choices, us_states
from organisations.told import in_use

_STATES: list[tuple[str, str | Promise]] = [
    ("", _("Not in the US, or not known")),
    *((f"US-{code}", name) for code, name in us_states().items()),
]


class WhatIfForm(forms.Form):
    """Whom to decide about. Everything may be left out: the unknown has an answer too."""

    country = forms.ChoiceField(required=False, label=_("Country on the roster"))
    state = forms.ChoiceField(required=False, label=_("US state"), choices=_STATES)
    profile = forms.ChoiceField(required=False, label=_("Country on the profile, if known"))
    age = forms.ChoiceField(
        required=False, label=_("Age"), choices=[("", _("18 or older")), ("under_18", _("Under 18"))]
    )
    on = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, empty in (("country", _("Not known")), ("profile", _("The same"))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", empty), *country_choices(in_use())]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("state") and data.get("country") not in {"", "US"}:
            self.add_error("state", _("A US state goes with the United States. Choose that country, or no state."))
        data["on"] = data.get("on") or timezone.localdate()
        return data

    def subject(self) -> Subject:
        data = self.cleaned_data
        country = "US" if data["state"] else data["country"]
        return Subject(country, data["state"], data["profile"], data["age"] == "under_18")


class OverrideForm(forms.Form):
    jurisdiction = forms.ChoiceField(label=_("Jurisdiction"))
    mode = forms.ChoiceField(
        label=_("How answers are collected there"),
        choices=[
            (CollectionMode.NAMED.value, _("With the person's name, for the privacy team only")),
            (
                CollectionMode.ANONYMOUS_COUNT.value,
                _("Counted: who answered is kept, what was answered only in sums"),
            ),
            (CollectionMode.INFORM_ONLY.value, _("Not at all: people are told and not asked")),
        ],
        widget=forms.RadioSelect,
    )
    author_name = forms.CharField(max_length=200, label=_("Who decided"), help_text=_("The counsel's name and office."))
    reason = forms.CharField(
        max_length=2000,
        label=_("Why"),
        help_text=_("Shown wherever this acts."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["jurisdiction"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose one")), *country_choices(in_use()), *_STATES[1:]]
