from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email

from organisations.gateways.pictures import MOST_BYTES, NoPicture, read_logo
from organisations.rules.colours import ENOUGH, WHITE, contrast, is_colour

MOST = 20  # addresses; each gets a mail a day


class AddressesForm(forms.Form):
    addresses = forms.CharField(
        required=False,
        label="Addresses outside",
        help_text="One a line: an auditor, a works council, a mailbox that your administrators cannot reach.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_addresses(self) -> list[str]:
        found = self.cleaned_data["addresses"].split()
        if len(found) > MOST:
            raise forms.ValidationError(f"Give at most {MOST} addresses.")
        for address in found:
            try:
                validate_email(address)
            except forms.ValidationError as error:
                raise forms.ValidationError(f"{address} is no e-mail address. Write one a line.") from error
        return list(found)


class ReportingForm(forms.Form):
    time_zone = forms.CharField(
        required=False,
        max_length=64,
        label="Time zone of scheduled reports",
        help_text="Like Europe/Berlin. Empty: the server’s.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    report_days = forms.IntegerField(
        required=False,
        min_value=7,
        max_value=36_500,
        label="Keep files of reports for so many days",
        help_text="Then they are deleted; figures and SHA-256 stay. Empty: for good.",
    )

    def clean_time_zone(self) -> str:
        found = str(self.cleaned_data["time_zone"]).strip()
        if found and found not in available_timezones():
            raise forms.ValidationError(f"{found} is no time zone. Write it like Europe/Berlin.")
        return found


class LooksForm(forms.Form):
    accent = forms.CharField(
        required=False,
        max_length=7,
        label="Colour",
        help_text="Like #0b5fae. Empty: ours. White text has to be readable on it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    logo = forms.FileField(
        required=False,
        label="Logo",
        help_text="PNG or JPEG, at most 2 MB; about 1,200 pixels wide is enough.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    remove_logo = forms.BooleanField(required=False, label="Take the logo away")

    def clean_accent(self) -> str:
        found = str(self.cleaned_data["accent"]).strip().lower()
        if not found:
            return ""
        if not is_colour(found):
            raise forms.ValidationError("Write a colour as # and six digits, like #0b5fae.")
        reached = contrast(found, WHITE)
        if reached < ENOUGH:
            raise forms.ValidationError(
                f"White on {found} has a contrast of {reached:.1f} : 1, and {ENOUGH} : 1 is needed. Take a darker one."
            )
        return found

    def clean_logo(self) -> tuple[bytes, int, int] | None:
        given: UploadedFile[Any] | None = self.cleaned_data["logo"]
        if given is None:
            return None
        try:
            return read_logo(given.read(MOST_BYTES + 1))
        except NoPicture as error:
            raise forms.ValidationError(str(error)) from error
