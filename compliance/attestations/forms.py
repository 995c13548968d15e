import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.campaigns.letters.words import Ask
from compliance.catalogue.wording import answer_text

CHOOSE_ONE = gettext_lazy("Choose one answer, or simply close this page: answering is voluntary.")


def _question(ask: Ask, several: bool) -> str:
    text = _("Have you sent this form?") if ask.by_form else _("What is the state of this setting now?")
    return f"{ask.platform}, {ask.title}: {text}" if several else text


class AnswerForm(forms.Form):
    """One choice per policy, nothing chosen beforehand. `submission` makes a double click one answer."""

    submission = forms.UUIDField(widget=forms.HiddenInput)

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
        return f"answer-{ask.request.pk}"

    def answers(self) -> dict[int, str]:
        """Answers by request id; an optional one that was left out is not among them."""
        given = {ask.request.pk: self.cleaned_data[self.key(ask)] for ask in self.asks}
        return {pk: answer for pk, answer in given.items() if answer}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.one_is_enough and not any(data.get(self.key(ask)) for ask in self.asks):
            raise forms.ValidationError(CHOOSE_ONE)
        return data
