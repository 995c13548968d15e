import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.campaigns.letters.words import Ask
from compliance.catalogue.wording import answer_text
from employees.names import country_choices

CHOOSE_ONE = gettext_lazy("Choose one answer, or simply close this page: answering is voluntary.")


def _question(ask: Ask, several: bool) -> str:
    text = _("Have you sent this form?") if ask.by_form else _("What is the state of this setting now?")
    return f"{ask.platform}, {ask.title}: {text}" if several else text


class AnswerForm(forms.Form):
    """One choice per policy, nothing chosen beforehand. `submission` makes a double click one answer."""

    submission = forms.UUIDField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)  # which words stood beside the choices

    def __init__(self, *args: Any, asks: Sequence[Ask], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"submission": uuid.uuid4()})
        super().__init__(*args, **kwargs)
        self.asks = asks
        self.one_is_enough = all(ask.optional for ask in asks)
        for ask in asks:
            self.fields[self.key(ask)] = forms.ChoiceField(
                label=_question(ask, len(asks) > 1),
                choices=[(answer, answer_text(answer)) for answer in ask.answers],
                required=not ask.optional,
                widget=forms.RadioSelect,
                error_messages={
                    "required": CHOOSE_ONE,
                    "invalid_choice": _("Choose one of the answers shown."),
                },
            )

    @staticmethod
    def key(ask: Ask) -> str:
        return f"answer-{ask.request.policy_version_id}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.one_is_enough and not any(data.get(self.key(ask)) for ask in self.asks):
            raise forms.ValidationError(CHOOSE_ONE)
        return data


def submission_of(data: Mapping[str, str]) -> uuid.UUID | None:
    """The form's own number, or None where it is none."""
    try:
        return uuid.UUID(data.get("submission", ""))
    except ValueError:
        return None


class RegionForm(forms.Form):
    """The country on the person's profile; nothing chosen beforehand."""

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"] = forms.ChoiceField(
            label=_("Country on my profile"),
            choices=[("", _("Choose a country")), *country_choices(language)],
            error_messages={
                "required": _("Choose a country from the list."),
                "invalid_choice": _("Choose a country from the list."),
            },
        )


class AddressForm(forms.Form):
    """The work e-mail of somebody who asks for a new link, or says that a page is theirs."""

    email = forms.EmailField(
        label=gettext_lazy("Your work e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Type your work e-mail address."),
            "invalid": gettext_lazy("This is not an e-mail address. One looks like this: name@company.example."),
        },
    )


class ReceiptForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code of the receipt"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Type the code that stands on the receipt.")},
    )
