from django import forms


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Staff roster",
        help_text="A CSV file as your HR system exports it, with at least name, work e-mail and country.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )


class CommitForm(forms.Form):
    leavers_confirmed = forms.BooleanField(
        required=False, label="The file is complete: everybody who is not in it has left."
    )
