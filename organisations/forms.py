from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator, validate_email
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from organisations.gateways import certificates
from organisations.gateways.pictures import MOST_BYTES, NoPicture, read_logo
from organisations.models import User
from organisations.queries.log import LogFilter
from organisations.rules import Role
from organisations.rules.colours import ENOUGH, WHITE, contrast, is_colour
from organisations.rules.log_words import GROUPS, WORDS, kinds_of
from organisations.told import told

MOST = 20  # addresses; each gets a mail a day


class AddressesForm(forms.Form):
    addresses = forms.CharField(
        required=False,
        label=_("Addresses outside"),
        help_text=_("One a line: an auditor, a works council, a mailbox that your administrators cannot reach."),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_addresses(self) -> list[str]:
        found = self.cleaned_data["addresses"].split()
        if len(found) > MOST:
            raise forms.ValidationError(_("Give at most %(most)s addresses.") % {"most": MOST})
        for address in found:
            try:
                validate_email(address)
            except forms.ValidationError as error:
                raise forms.ValidationError(
                    _("%(address)s is no e-mail address. Write one a line.") % {"address": address}
                ) from error
        return list(found)


class ReportingForm(forms.Form):
    time_zone = forms.CharField(
        required=False,
        max_length=64,
        label=_("Time zone of scheduled reports"),
        help_text=_("Like Europe/Berlin. Empty: the server’s."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    report_days = forms.IntegerField(
        required=False,
        min_value=7,
        max_value=36_500,
        label=_("Keep files of reports for so many days"),
        help_text=_("Then they are deleted; figures and SHA-256 stay. Empty: for good."),
    )

    def clean_time_zone(self) -> str:
        found = str(self.cleaned_data["time_zone"]).strip()
        if found and found not in available_timezones():
            raise forms.ValidationError(_("%(found)s is no time zone. Write it like Europe/Berlin.") % {"found": found})
        return found


class LooksForm(forms.Form):
    accent = forms.CharField(
        required=False,
        max_length=7,
        label=_("Colour"),
        help_text=_("Like #0b5fae. Empty: ours. White text has to be readable on it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    logo = forms.FileField(
        required=False,
        label=_("Logo"),
        help_text=_("PNG or JPEG, at most 2 MB; about 1,200 pixels wide is enough."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    remove_logo = forms.BooleanField(required=False, label=_("Take the logo away"))

    def clean_accent(self) -> str:
        found = str(self.cleaned_data["accent"]).strip().lower()
        if not found:
            return ""
        if not is_colour(found):
            raise forms.ValidationError(_("Write a colour as # and six digits, like #0b5fae."))
        reached = contrast(found, WHITE)
        if reached < ENOUGH:
            raise forms.ValidationError(
                _(
                    "White on %(found)s has a contrast of %(reached)s : 1, and %(enough)s : 1 is needed. "
                    "Take a darker one."
                )
                % {"found": found, "reached": format(reached, ".1f"), "enough": ENOUGH}
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


class CertificateForm(forms.Form):
    """`identity()` is what the service takes. The passphrase is used once and kept nowhere."""

    file = forms.FileField(
        label=_("Certificate with its key"),
        help_text=_("PKCS#12: a file that ends in .p12 or .pfx, with the certificates of its issuers."),
        widget=forms.FileInput(attrs={"accept": ".p12,.pfx,application/x-pkcs12"}),
    )
    passphrase = forms.CharField(
        required=False,
        strip=False,
        max_length=500,
        label=_("Passphrase of the file"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        given: UploadedFile[Any] | None = found.get("file")
        if given and "passphrase" in found:
            try:
                content = given.read(certificates.MOST_BYTES + 1)
                found["identity"] = certificates.read_pkcs12(content, found["passphrase"], timezone.now())
            except certificates.NoCertificate as error:
                self.add_error("file", str(error))
        return found

    def identity(self) -> certificates.Identity:
        found: certificates.Identity = self.cleaned_data["identity"]
        return found


ROLE_NAMES = {
    Role.OWNER: _("Owner: everything, members and links included"),
    Role.ADMIN: _("Admin: roster, campaigns, reports, members"),
    Role.AUDITOR: _("Auditor: figures, reports and the log; no names"),
    Role.HELPER: _("Helper: answers requests for help"),
    Role.MANAGER: _("Manager: the response rate of their own team"),
}


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.value, ROLE_NAMES[role]) for role in roles]


class NewPasswordForm(forms.Form):
    """Whoever comes by a mailed link chooses a password; the rules are those of every password here."""

    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        help_text=_("At least 12 characters; a few words in a row are good. No common password."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.cleaned_data.get("email", self.address)))
        return password


class FirstOwnerForm(NewPasswordForm):
    code = forms.CharField(
        label=_("Setup code"),
        help_text=_("The server printed it when it started: bin/serve, or the log of the container."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false", "class": "mono"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    field_order = ["code", "email", "password"]


class FirstOrganisationForm(forms.Form):
    name = forms.CharField(
        label=_("What your organisation is called"),
        max_length=200,
        help_text=_("As your staff know it: it stands in every mail."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    contact_email = forms.EmailField(
        label=_("Where staff write with questions"), help_text=_("Answers to our mails go there.")
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        self.cleaned_data["slug"] = slugify(name)[:60] or "organisation"
        return name


# Beyond them there is no log, and beyond the years there are no days at all.
_REAL_DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class LogForm(forms.Form):
    """What is looked for in the evidence log. Everything may be left out."""

    kind = forms.ChoiceField(label=_("What"), required=False)
    who = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    since = forms.DateField(
        label=pgettext_lazy("dates", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=_REAL_DAYS,
    )
    until = forms.DateField(
        label=pgettext_lazy("dates", "To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        validators=_REAL_DAYS,
    )
    number = forms.IntegerField(label=_("Campaign, report or import number"), required=False, min_value=1)

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, who = self.fields["kind"], self.fields["who"]
        assert isinstance(kind, forms.ChoiceField)
        assert isinstance(who, forms.TypedChoiceField)
        groups = [(key, told(label)) for key, (label, _kinds) in GROUPS.items()]
        kind.choices = [
            ("", _("Everything")),
            *groups,
            (_("One kind"), sorted(((key, told(label)) for key, label in WORDS.items()), key=lambda item: item[1])),
        ]
        who.choices = [("", _("Everybody")), *people]

    def wanted(self) -> LogFilter:
        given = self.cleaned_data
        return LogFilter(
            kinds=kinds_of(given["kind"]),
            user=given["who"],
            since=given["since"],
            until=given["until"],
            number=given["number"],
        )
