from typing import Any

from django import forms
from django.utils import timezone

from compliance.catalogue.rules import CollectionMode, Subject
from employees.names import country_choices, us_states

_STATES: list[tuple[str, str]] = [
    ("", "Not in the US, or not known"),
    *((f"US-{code}", name) for code, name in us_states().items()),
]


class WhatIfForm(forms.Form):
    """Whom to decide about. Everything may be left out: the unknown has an answer too."""

    country = forms.ChoiceField(required=False, label="Country on the roster")
    state = forms.ChoiceField(required=False, label="US state", choices=_STATES)
    profile = forms.ChoiceField(required=False, label="Country on the profile, if known")
    age = forms.ChoiceField(required=False, label="Age", choices=[("", "18 or older"), ("under_18", "Under 18")])
    on = forms.DateField(label="Day", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, empty in (("country", "Not known"), ("profile", "The same")):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", empty), *country_choices()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("state") and data.get("country") not in {"", "US"}:
            self.add_error("state", "A US state goes with the United States. Choose that country, or no state.")
        data["on"] = data.get("on") or timezone.localdate()
        return data

    def subject(self) -> Subject:
        data = self.cleaned_data
        country = "US" if data["state"] else data["country"]
        return Subject(country, data["state"], data["profile"], data["age"] == "under_18")


class OverrideForm(forms.Form):
    jurisdiction = forms.ChoiceField(label="Jurisdiction")
    mode = forms.ChoiceField(
        label="How answers are collected there",
        choices=[
            (CollectionMode.NAMED.value, "With the person's name, for the privacy team only"),
            (
                CollectionMode.ANONYMOUS_COUNT.value,
                "Counted: who answered is kept, what was answered only in sums",
            ),
            (CollectionMode.INFORM_ONLY.value, "Not at all: people are told and not asked"),
        ],
        widget=forms.RadioSelect,
    )
    author_name = forms.CharField(max_length=200, label="Who decided", help_text="The counsel's name and office.")
    reason = forms.CharField(
        max_length=2000, label="Why", help_text="Shown wherever this acts.", widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["jurisdiction"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose one"), *country_choices(), *_STATES[1:]]
