"""The steps of a campaign's set-up. Each form knows the fields of the draft that it may change."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import Choices
from compliance.campaigns.rules import MAX_REMINDERS, Assessment, Audience, LawfulBasis, Repeats, audience, listed
from compliance.campaigns.rules.terms import RETENTION
from compliance.catalogue.models import Policy
from compliance.catalogue.queries import member_policies
from compliance.catalogue.wording import said
from employees.names import country_name
from organisations.told import in_use

LONGEST = timedelta(days=730)


def end_of(day: Any) -> datetime:
    """The last instant of a day, in the organisation's time zone."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class PolicyChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        """The platform, and what it does in the language in use."""
        return f"{obj.platform}: {said(obj.title)}"


class PoliciesForm(forms.Form):
    name = forms.CharField(max_length=200, label=_("Name"), help_text=_("For you and for reports; staff see it too."))
    policies = PolicyChoices(
        queryset=Policy.objects.none(),
        label=_("Policies"),
        help_text=_("Several make one mail and one page for each person, never a mail for each switch."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one policy.")},
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

    countries = forms.MultipleChoiceField(required=False, label=_("Countries"), widget=forms.CheckboxSelectMultiple)
    departments = forms.MultipleChoiceField(required=False, label=_("Departments"), widget=forms.CheckboxSelectMultiple)
    managers = forms.MultipleChoiceField(required=False, label=_("Managers"), widget=forms.CheckboxSelectMultiple)
    languages = forms.MultipleChoiceField(required=False, label=_("Languages"), widget=forms.CheckboxSelectMultiple)
    people = forms.CharField(
        required=False,
        label=_("Only these people"),
        help_text=_("Addresses or personnel numbers, one a line."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    only_changed = forms.BooleanField(required=False, label=_("Only people whom the change of a policy concerns"))
    rolling = forms.BooleanField(
        required=False,
        label=_("Keep up with the roster"),
        help_text=_("Who joins or moves while it runs is added; who leaves is taken out in any case."),
    )
    save_as = forms.CharField(
        required=False,
        max_length=100,
        label=_("Keep this audience as"),
        help_text=_("A name, to choose it again later."),
    )

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.behind = int(self.initial.get("behind") or 0)
        if not self.behind:
            del self.fields["only_changed"]
        countries = {code: country_name(code, in_use()) for code in choices.countries}
        self._offer("countries", countries, choices.countries)
        self._offer("departments", {name: name for name in choices.departments}, choices.departments)
        self._offer("managers", {name: name for name in choices.managers}, choices.managers)
        self._offer(
            "languages", {code or "-": code or str(_("not known")) for code in choices.languages}, choices.languages
        )

    def _offer(self, name: str, labels: dict[str, str], numbers: dict[str, int]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        counts = {key or "-": number for key, number in numbers.items()}
        known = {key: f"{label} · {number_format(counts.get(key, 0))}" for key, label in labels.items()}
        # What was chosen once and is on the roster no more is still to be seen, and can be taken away.
        gone = [value for value in self.initial.get(name) or () if value not in known]
        field.choices = [*known.items(), *((value, _("%(value)s · nobody now") % {"value": value}) for value in gone)]

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
        label=_("First mail not before"),
        help_text=_("Empty: as soon as you start it."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    lead_days = forms.IntegerField(
        min_value=0,
        max_value=60,
        label=_("Working days before the change"),
        help_text=_(
            "Where a change still lies ahead, each region’s first mail waits until so many "
            "working days before it. 0: it does not wait."
        ),
    )
    working_hours = forms.BooleanField(
        required=False,
        label=_("Write in working hours"),
        help_text=_("From 9 to 17 where the person works, not on weekends and public holidays there."),
    )
    closes_on = forms.DateField(
        label=_("Last day to answer"),
        help_text=_("Links work until the end of this day."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reminders = forms.IntegerField(
        min_value=0,
        max_value=MAX_REMINDERS,
        label=_("Reminders"),
        help_text=format_lazy(
            _("At most {most}, only to people who have not answered. Any answer ends them."), most=MAX_REMINDERS
        ),
    )
    reminder_days = forms.IntegerField(
        min_value=1,
        max_value=30,
        label=_("Working days between two mails"),
        help_text=_("Without working hours every day counts, weekends too."),
    )
    joiner_days = forms.IntegerField(
        min_value=1,
        max_value=90,
        label=_("Days for people who join later"),
        help_text=_("They get at least so long to answer, even past the last day."),
    )
    repeats = forms.ChoiceField(
        required=False,
        label=_("Once more"),
        choices=[
            (Repeats.NEVER.value, _("Never")),
            (Repeats.YEARLY.value, _("Every year: a draft of the next round two weeks ahead")),
            (Repeats.ON_CHANGE.value, _("When a policy changes: a draft for the people whom the change concerns")),
        ],
    )

    _NAMES = ("starts_on", "lead_days", "working_hours", "reminders", "reminder_days", "joiner_days", "repeats")

    @classmethod
    def of(cls, campaign: Campaign) -> dict[str, Any]:
        return {name: getattr(campaign, name) for name in cls._NAMES} | {"closes_on": campaign.last_day}

    def clean_closes_on(self) -> Any:
        day = self.cleaned_data["closes_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("This day has passed. Choose today or later."))
        if day > timezone.localdate() + LONGEST:
            raise forms.ValidationError(_("This is more than two years away. Choose an earlier day."))
        return day

    def clean_starts_on(self) -> Any:
        day = self.cleaned_data["starts_on"]
        if day and not timezone.localdate() - LONGEST < day < timezone.localdate() + LONGEST:
            raise forms.ValidationError(_("Choose a day within two years."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, closes = data.get("starts_on"), data.get("closes_on")
        if starts and closes and starts >= closes:
            self.add_error("starts_on", _("The first mail would go after the last day to answer."))
        return data

    def changes(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name] for name in self._NAMES} | {"closes_at": end_of(data["closes_on"])}


class ApprovalForm(forms.Form):
    above = forms.IntegerField(
        min_value=0,
        max_value=1_000_000,
        label=_("A second person approves from"),
        help_text=_(
            "people on. Where you are the only owner or administrator, nobody can: set it as high as you must."
        ),
    )


class MessageForm(forms.Form):
    why = forms.CharField(
        required=False,
        max_length=600,
        label=_("Why you write to staff"),
        help_text=_(
            "One or two sentences in your own words, shown in the mail and on the page, as you "
            "write them here in every language. Optional."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    confirm_address = forms.BooleanField(
        required=False,
        label=_("Ask for the work e-mail before a page opens"),
        help_text=_("For links that others may find: printed notices, shared mailboxes. It takes a few seconds."),
    )

    _NAMES = ("why", "confirm_address")

    @classmethod
    def of(cls, campaign: Campaign) -> dict[str, Any]:
        return {name: getattr(campaign, name) for name in cls._NAMES}

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._NAMES}


BASES = {
    LawfulBasis.LEGITIMATE_INTEREST.value: _("Legitimate interest (GDPR 6(1)(f))"),
    LawfulBasis.LEGAL_OBLIGATION.value: _("Legal obligation (GDPR 6(1)(c))"),
    LawfulBasis.PUBLIC_TASK.value: _("Public task (GDPR 6(1)(e))"),
}
ASSESSMENTS = {Assessment.DONE.value: _("Done"), Assessment.NOT_NEEDED.value: _("Not needed")}


class TermsForm(forms.Form):
    """What must be settled before anybody is asked."""

    # Not called optional: other answers decide whether they are.
    sometimes = ("assessment_note", "works_council")

    lawful_basis = forms.ChoiceField(
        label=_("Lawful basis"),
        help_text=_("Consent is not on offer: staff can hardly refuse their employer freely."),
        choices=list(BASES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the lawful basis on which you ask.")},
    )
    notice = forms.CharField(
        max_length=500,
        label=_("Privacy notice"),
        help_text=_("Where staff find it: a web address, or a place on the intranet. Stands in the mail."),
    )
    retention_days = forms.IntegerField(
        min_value=RETENTION[0],
        max_value=RETENTION[1],
        label=_("Keep named answers for"),
        help_text=_("Days after the end. The number is recorded with the start; deleting them is still yours to do."),
    )
    assessment = forms.ChoiceField(
        label=_("Data protection impact assessment"),
        choices=list(ASSESSMENTS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Decide whether one is needed.")},
    )
    assessment_note = forms.CharField(
        required=False,
        max_length=500,
        label=_("Why, or where it is kept"),
        help_text=_("Needed where you decided that none is needed."),
    )
    works_council = forms.CharField(
        required=False,
        max_length=600,
        label=_("Works council"),
        help_text=_("Needed where staff in Germany are asked: the agreement and its date, or why none is needed."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    _NAMES = ("lawful_basis", "notice", "retention_days", "assessment", "assessment_note", "works_council")

    @classmethod
    def of(cls, campaign: Campaign) -> dict[str, Any]:
        return {name: getattr(campaign, name) for name in cls._NAMES}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("assessment") == Assessment.NOT_NEEDED and not data.get("assessment_note", "").strip():
            self.add_error("assessment_note", _("Say in a sentence why none is needed."))
        return data

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._NAMES}
