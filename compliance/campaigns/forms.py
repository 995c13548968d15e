"""The steps of a campaign's set-up. Each form knows the fields of the draft that it may change."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import Choices
from compliance.campaigns.rules import MAX_REMINDERS, Assessment, Audience, LawfulBasis, Repeats, audience, listed
from compliance.campaigns.rules.terms import RETENTION
from compliance.catalogue.models import Policy
from compliance.catalogue.queries import member_policies
from employees.names import country_name

LONGEST = timedelta(days=730)


def end_of(day: Any) -> datetime:
    """The last instant of a day, in the organisation's time zone."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class PoliciesForm(forms.Form):
    name = forms.CharField(max_length=200, label="Name", help_text="For you and for reports; staff see it too.")
    policies = forms.ModelMultipleChoiceField(
        queryset=Policy.objects.none(),
        label="Policies",
        help_text="Several make one mail and one page for each person, never a mail for each switch.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one policy."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["policies"]
        assert isinstance(choices, forms.ModelMultipleChoiceField)
        choices.queryset, choices.to_field_name = member_policies(), "key"

    @staticmethod
    def of(campaign: Campaign) -> dict[str, Any]:
        return {"name": campaign.name, "policies": list(campaign.policies.values_list("key", flat=True))}

    def changes(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], "policies": list(self.cleaned_data["policies"])}


class AudienceForm(forms.Form):
    """Nothing ticked means everybody."""

    countries = forms.MultipleChoiceField(required=False, label="Countries", widget=forms.CheckboxSelectMultiple)
    departments = forms.MultipleChoiceField(required=False, label="Departments", widget=forms.CheckboxSelectMultiple)
    managers = forms.MultipleChoiceField(required=False, label="Managers", widget=forms.CheckboxSelectMultiple)
    languages = forms.MultipleChoiceField(required=False, label="Languages", widget=forms.CheckboxSelectMultiple)
    people = forms.CharField(
        required=False,
        label="Only these people",
        help_text="Addresses or personnel numbers, one a line.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    only_changed = forms.BooleanField(required=False, label="Only people whom the change of a policy concerns")
    rolling = forms.BooleanField(
        required=False,
        label="Keep up with the roster",
        help_text="Who joins or moves while it runs is added; who leaves is taken out in any case.",
    )
    save_as = forms.CharField(
        required=False, max_length=100, label="Keep this audience as", help_text="A name, to choose it again later."
    )

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.behind = int(self.initial.get("behind") or 0)
        if not self.behind:
            del self.fields["only_changed"]
        self._offer("countries", {code: country_name(code) for code in choices.countries}, choices.countries)
        self._offer("departments", {name: name for name in choices.departments}, choices.departments)
        self._offer("managers", {name: name for name in choices.managers}, choices.managers)
        self._offer("languages", {code or "-": code or "not known" for code in choices.languages}, choices.languages)

    def _offer(self, name: str, labels: dict[str, str], numbers: dict[str, int]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        counts = {key or "-": number for key, number in numbers.items()}
        known = {key: f"{label} · {counts.get(key, 0):,}" for key, label in labels.items()}
        # What was chosen once and is on the roster no more is still to be seen, and can be taken away.
        gone = [value for value in self.initial.get(name) or () if value not in known]
        field.choices = [*known.items(), *((value, f"{value} · nobody now") for value in gone)]

    @staticmethod
    def of(campaign: Campaign) -> dict[str, Any]:
        chosen = audience(campaign.audience)
        fields = {name: list(getattr(chosen, name)) for name in ("countries", "departments", "managers", "languages")}
        shown = {"people": "\n".join(chosen.people), "rolling": campaign.rolling}
        return fields | shown | {"behind": chosen.behind, "only_changed": bool(chosen.behind)}

    def chosen(self) -> Audience:
        data = self.cleaned_data

        def ticked(name: str) -> tuple[str, ...]:
            return tuple(data.get(name) or ())

        return Audience(
            countries=ticked("countries"),
            departments=ticked("departments"),
            managers=ticked("managers"),
            languages=ticked("languages"),
            people=listed(data.get("people") or ""),
            behind=self.behind if data.get("only_changed") else 0,
        )

    def changes(self) -> dict[str, Any]:
        return {"audience": self.chosen().stored(), "rolling": self.cleaned_data["rolling"]}


class DatesForm(forms.Form):
    starts_on = forms.DateField(
        required=False,
        label="First mail not before",
        help_text="Empty: as soon as you start it.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    lead_days = forms.IntegerField(
        min_value=0,
        max_value=60,
        label="Working days before the change",
        help_text="Where a change still lies ahead, each region’s first mail waits until so many working days before"
        " it. 0: it does not wait.",
    )
    working_hours = forms.BooleanField(
        required=False,
        label="Write in working hours",
        help_text="From 9 to 17 where the person works, not on weekends and public holidays there.",
    )
    closes_on = forms.DateField(
        label="Last day to answer",
        help_text="Links work until the end of this day.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reminders = forms.IntegerField(
        min_value=0,
        max_value=MAX_REMINDERS,
        label="Reminders",
        help_text=f"At most {MAX_REMINDERS}, only to people who have not answered. Any answer ends them.",
    )
    reminder_days = forms.IntegerField(min_value=1, max_value=30, label="Working days between two mails")
    joiner_days = forms.IntegerField(
        min_value=1,
        max_value=90,
        label="Days for people who join later",
        help_text="They get at least so long to answer, even past the last day.",
    )
    repeats = forms.ChoiceField(
        required=False,
        label="Once more",
        choices=[
            (Repeats.NEVER.value, "Never"),
            (Repeats.YEARLY.value, "Every year: a draft of the next round two weeks ahead"),
            (Repeats.ON_CHANGE.value, "When a policy changes: a draft for the people whom the change concerns"),
        ],
    )

    _NAMES = ("starts_on", "lead_days", "working_hours", "reminders", "reminder_days", "joiner_days", "repeats")

    @classmethod
    def of(cls, campaign: Campaign) -> dict[str, Any]:
        return {name: getattr(campaign, name) for name in cls._NAMES} | {"closes_on": campaign.last_day}

    def clean_closes_on(self) -> Any:
        day = self.cleaned_data["closes_on"]
        if day < timezone.localdate():
            raise forms.ValidationError("This day has passed. Choose today or later.")
        if day > timezone.localdate() + LONGEST:
            raise forms.ValidationError("This is more than two years away. Choose an earlier day.")
        return day

    def clean_starts_on(self) -> Any:
        day = self.cleaned_data["starts_on"]
        if day and not timezone.localdate() - LONGEST < day < timezone.localdate() + LONGEST:
            raise forms.ValidationError("Choose a day within two years.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, closes = data.get("starts_on"), data.get("closes_on")
        if starts and closes and starts >= closes:
            self.add_error("starts_on", "The first mail would go after the last day to answer.")
        return data

    def changes(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name] for name in self._NAMES} | {"closes_at": end_of(data["closes_on"])}


class SureForm(forms.Form):
    """For whoever wants no reminders. Ticked by nobody but a person."""

    sure = forms.BooleanField(
        label=gettext_lazy("Yes, send me no more reminders"),
        error_messages={"required": gettext_lazy("Tick the box if you want no more reminders.")},
    )


class ApprovalForm(forms.Form):
    above = forms.IntegerField(
        min_value=0,
        max_value=1_000_000,
        label="A second person approves from",
        help_text="people on. Where you are the only owner or administrator, nobody can: set it as high as you must.",
    )


class MessageForm(forms.Form):
    why = forms.CharField(
        required=False,
        max_length=600,
        label="Why you write to staff",
        help_text="One or two sentences in your own words, shown in the mail and on the page, as you write them here "
        "in every language. Optional.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    confirm_address = forms.BooleanField(
        required=False,
        label="Ask for the work e-mail before a page opens",
        help_text="For links that others may find: printed notices, shared mailboxes. It takes a few seconds.",
    )

    _NAMES = ("why", "confirm_address")

    @classmethod
    def of(cls, campaign: Campaign) -> dict[str, Any]:
        return {name: getattr(campaign, name) for name in cls._NAMES}

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._NAMES}


class TermsForm(forms.Form):
    """What must be settled before anybody is asked."""

    lawful_basis = forms.ChoiceField(
        label="Lawful basis",
        help_text="Consent is not on offer: staff can hardly refuse their employer freely.",
        choices=[
            (LawfulBasis.LEGITIMATE_INTEREST.value, "Legitimate interest (GDPR 6(1)(f))"),
            (LawfulBasis.LEGAL_OBLIGATION.value, "Legal obligation (GDPR 6(1)(c))"),
            (LawfulBasis.PUBLIC_TASK.value, "Public task (GDPR 6(1)(e))"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the lawful basis on which you ask."},
    )
    notice = forms.CharField(
        max_length=500,
        label="Privacy notice",
        help_text="Where staff find it: a web address, or a place on the intranet. Stands in the mail.",
    )
    retention_days = forms.IntegerField(
        min_value=RETENTION[0],
        max_value=RETENTION[1],
        label="Keep named answers for",
        help_text="Days after the end. The number is recorded with the start; deleting them is still yours to do.",
    )
    assessment = forms.ChoiceField(
        label="Data protection impact assessment",
        choices=[(Assessment.DONE.value, "Done"), (Assessment.NOT_NEEDED.value, "Not needed")],
        widget=forms.RadioSelect,
        error_messages={"required": "Decide whether one is needed."},
    )
    assessment_note = forms.CharField(
        required=False,
        max_length=500,
        label="Why, or where it is kept",
        help_text="Needed where you decided that none is needed.",
    )
    works_council = forms.CharField(
        required=False,
        max_length=600,
        label="Works council",
        help_text="Needed where staff in Germany are asked: the agreement and its date, or why none is needed.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    _NAMES = ("lawful_basis", "notice", "retention_days", "assessment", "assessment_note", "works_council")

    @classmethod
    def of(cls, campaign: Campaign) -> dict[str, Any]:
        return {name: getattr(campaign, name) for name in cls._NAMES}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("assessment") == Assessment.NOT_NEEDED and not data.get("assessment_note", "").strip():
            self.add_error("assessment_note", "Say in a sentence why none is needed.")
        return data

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._NAMES}
