import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from compliance.campaigns.letters import Ask
from compliance.catalogue.wording import answer_text


class AnswerForm(forms.Form):
    """One choice per policy, nothing chosen beforehand. `submission` makes a double click one answer."""

    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, asks: Sequence[Ask], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"submission": uuid.uuid4()})
        super().__init__(*args, **kwargs)
        self.asks = asks
        for ask in asks:
            self.fields[self.key(ask)] = forms.ChoiceField(
                label=_("What is the state of this setting now?"),
                choices=[(answer, answer_text(answer)) for answer in ask.answers],
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Choose one answer, or simply close this page: answering is voluntary."),
                    "invalid_choice": _("Choose one of the answers shown."),
                },
            )

    @staticmethod
    def key(ask: Ask) -> str:
        return f"answer-{ask.request.pk}"

    def answers(self) -> dict[int, str]:
        """Answers by request id."""
        return {ask.request.pk: self.cleaned_data[self.key(ask)] for ask in self.asks}
