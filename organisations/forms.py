from django import forms
from django.core.validators import validate_email

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
