from typing import Any

from django import forms
from django.conf import settings
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from employees.models import RosterImport
from employees.rules.columns import IGNORE, KEEP, Column
from employees.rules.encodings import ENCODINGS
from employees.rules.leavers import says

WHOLE = [
    ("whole", _("Everybody: who is not in the file has left")),
    ("partial", _("Some people only: nobody else changes")),
]
MEANINGS = {
    Column.EXTERNAL_ID: _("Personnel number"),
    Column.NAME: _("Full name"),
    Column.FIRST_NAME: _("First name"),
    Column.LAST_NAME: _("Last name"),
    Column.EMAIL: _("Work e-mail"),
    Column.COUNTRY: _("Country"),
    Column.STATE: _("State or province"),
    Column.LOCATION: _("Office or place of work"),
    Column.DEPARTMENT: _("Department"),
    Column.MANAGER_EMAIL: _("Manager’s e-mail"),
    Column.LANGUAGE: _("Language"),
    Column.STATUS: _("Employment status"),
    Column.STARTED_ON: _("Start date"),
}
_CHOICES = [
    (IGNORE, _("Leave out")),
    (KEEP, _("Keep as it stands")),
    *((str(key), label) for key, label in MEANINGS.items()),
]
_COVERS = [("whole", _("Everybody")), ("partial", _("Some people only"))]
_DELIMITERS = [(",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Bar"))]
_ORDERS = [
    ("", _("As the column shows")),
    ("day_first", _("Day first: 31.12.2025")),
    ("month_first", _("Month first: 12/31/2025")),
]


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Staff roster"),
        help_text=format_lazy(
            _("CSV, XLSX, XLS, XLSB, ODS or JSON, as your HR system exports it: up to {size} MiB and {people} people."),
            size=settings.ROSTER_MAX_BYTES // 1024**2,
            people=lazy(number_format, str)(settings.ROSTER_MAX_ROWS),
        ),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xlsm,.xls,.xlsb,.ods,.json,text/csv", "data-drop": "true"}
        ),
    )
    covers = forms.ChoiceField(label=_("Who is in the file"), choices=WHOLE, initial="whole", widget=forms.RadioSelect)


class CommitForm(forms.Form):
    """The number of leavers, typed: a click is too quick for ending so many links."""

    def __init__(self, leavers: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leavers = leavers
        self.fields["leavers"] = forms.CharField(
            label=_("To confirm, type how many people leave"),
            help_text=_("%(leavers)s people, more than a tenth of your staff, are not in this file and would leave.")
            % {"leavers": number_format(leavers)},
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input--short"}),
        )

    def clean_leavers(self) -> int:
        if not says(self.cleaned_data["leavers"], self.leavers):
            raise forms.ValidationError(
                _("%(leavers)s people would leave. Type that number, or upload the whole roster.")
                % {"leavers": number_format(self.leavers)}
            )
        return self.leavers


class ColumnsForm(forms.Form):
    """How a file was read: one choice a column, and what was detected about the file."""

    def __init__(self, roster_import: RosterImport, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = roster_import.detected
        meaning = {index: column for column, index in roster_import.mapping.items()} | dict.fromkeys(
            roster_import.kept, KEEP
        )
        self.headers: list[str] = found.get("headers", [])
        self.samples: list[list[str]] = found.get("samples", [])
        for index, header in enumerate(self.headers):
            self.fields[f"column-{index}"] = forms.ChoiceField(
                label=header, choices=_CHOICES, initial=meaning.get(index, IGNORE), required=False
            )
        self._about_the_file(found, roster_import)

    def _about_the_file(self, found: dict[str, Any], roster_import: RosterImport) -> None:
        if len(found.get("sheets", [])) > 1:
            names = [(name, name) for name in found["sheets"]]
            self.fields["sheet"] = forms.ChoiceField(label=_("Sheet"), choices=names, initial=found["sheet"])
        if found.get("kind", "csv") == "csv":
            encodings = [
                (name, name.upper()) for name in dict.fromkeys((found.get("encoding", ""), *ENCODINGS)) if name
            ]
            self.fields["encoding"] = forms.ChoiceField(
                label=_("Encoding, if letters look wrong"), choices=encodings, initial=found.get("encoding")
            )
            self.fields["delimiter"] = forms.ChoiceField(
                label=_("Cells are separated by"), choices=_DELIMITERS, initial=found.get("delimiter")
            )
        if found.get("kind") != "json":
            self.fields["header_row"] = forms.IntegerField(
                label=_("Row of the column names"), min_value=1, max_value=40, initial=found.get("row"), required=False
            )
        self.fields["date_order"] = forms.ChoiceField(
            label=_("Dates"), choices=_ORDERS, initial=roster_import.options.get("date_order", ""), required=False
        )
        self.fields["covers"] = forms.ChoiceField(
            label=_("Who is in the file"), choices=_COVERS, initial="whole" if roster_import.whole else "partial"
        )

    def rows(self) -> list[dict[str, Any]]:
        """One a column: its bound field, its header, some of its values."""
        samples = [*self.samples, *[[]] * len(self.headers)]
        return [
            {"field": self[f"column-{index}"], "header": header, "samples": samples[index]}
            for index, header in enumerate(self.headers)
        ]

    def about(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not name.startswith("column-")]

    @property
    def choices(self) -> dict[str, str]:
        """header → meaning, for the columns that somebody changed."""
        changed = {name for name in self.changed_data if name.startswith("column-")}
        return {self.headers[int(name[7:])]: self.cleaned_data[name] for name in changed}

    @property
    def options(self) -> dict[str, Any]:
        names = ("sheet", "encoding", "delimiter", "header_row", "date_order")
        fresh = "sheet" in self.changed_data  # another sheet has its header elsewhere
        chosen = {name: self.cleaned_data.get(name) for name in names if name in self.fields}
        return {name: value for name, value in chosen.items() if value and not (fresh and name == "header_row")}
