"""What helpers write: an answer to somebody who asked for help, and words to begin one with."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.attestations.rules import FIRST_NAME, POLICY, strange_gaps


class HelpAnswerForm(forms.Form):
    """A helper's words to somebody who asked; they go out by mail, in the helper's own language."""

    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy(
            "Goes to their work e-mail, with their personal link below it. An empty line begins a paragraph."
        ),
    )

    def paragraphs(self) -> list[str]:
        parts = self.cleaned_data["text"].replace("\r\n", "\n").split("\n\n")
        return [" ".join(part.split()) for part in parts if part.strip()]

    def clean_text(self) -> str:
        return _without_strange_gaps(self.cleaned_data["text"], fills=False)


class HelpTemplateForm(forms.Form):
    """Words to begin an answer with, under a name."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("{first name} and {policy} are filled in. An empty line begins a paragraph."),
    )

    def clean_text(self) -> str:
        return _without_strange_gaps(self.cleaned_data["text"], fills=True)


def _without_strange_gaps(text: str, *, fills: bool) -> str:
    """A gap that nothing fills must not go out as it stands; `fills` is whether ours are still to be filled."""
    gaps = strange_gaps(text) or ([] if fills else [gap for gap in (FIRST_NAME, POLICY) if gap in text])
    if gaps:
        said = _("Nothing fills %(gap)s. Write what belongs there, or take it out.")
        raise forms.ValidationError(said % {"gap": gaps[0]})
    return text
