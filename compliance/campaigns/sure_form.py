"""What staff are asked who want no more reminders."""

from django import forms
from django.utils.translation import gettext_lazy


class SureForm(forms.Form):
    """For whoever wants no reminders. Ticked by nobody but a person."""

    sure = forms.BooleanField(
        label=gettext_lazy("Yes, send me no more reminders"),
        error_messages={"required": gettext_lazy("Tick the box if you want no more reminders.")},
    )
