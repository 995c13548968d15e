"""django-import-export's view of the roster: what an export holds, and an import that goes through our own plan."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import escape
from import_export import fields, resources
from import_export.results import Error, Result, RowResult
from tablib import Dataset

from employees.documents import field_label
from employees.gateways import RosterFile, UnreadableRoster, roster_file
from employees.gateways.formats import FORMATS
from employees.lines import lines_of
from employees.models import Employee, RosterImport
from employees.names import country_name
from employees.rules.plan import Kind, Line
from employees.services import ImportRefused, commit_import, plan_file
from organisations.models import Organisation, User
from organisations.services import record_seeing

EXPORTS = {extension: kind.content_type for extension, kind in FORMATS.items()}  # what people can be exported as
_SHOWN = 500  # lines of a preview; the counts are of all


class PeopleResource(resources.ModelResource):  # type: ignore[misc]  # import_export is untyped
    """One row a person, in columns that an import of ours maps by itself."""

    external_id = fields.Field("external_id", "Personnel number")
    name = fields.Field("name", "Full name")
    email = fields.Field("email", "Work e-mail")
    country = fields.Field(None, "Country")
    subdivision = fields.Field("subdivision", "State")
    department = fields.Field("department", "Department")
    manager_email = fields.Field("manager_email", "Manager e-mail")
    language = fields.Field("language", "Language")
    started_on = fields.Field("started_on", "Start date")

    class Meta:
        model = Employee
        fields = (
            "external_id", "name", "email", "country", "subdivision", "department", "manager_email", "language",
            "started_on",
        )  # fmt: skip
        chunk_size = 2000

    def dehydrate_country(self, person: Employee) -> str:
        return country_name(person.country)


class RosterResource(PeopleResource):
    """The same for the Django admin, where an import is planned first and then carried out, all of it or nothing."""

    def __init__(self, form: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.form = form

    def import_data(self, dataset: Any, dry_run: bool = False, **kwargs: Any) -> Result:
        """Keeps the plan of `dataset`, a file as uploaded, or commits the plan that it names."""
        result = Result()
        try:
            if dry_run:
                planned = self._plan(dataset, kwargs["file_name"], kwargs["user"])
            else:
                planned = self._commit(dataset.planned)
        except (ImportRefused, UnreadableRoster) as error:
            result.append_base_error(Error(error))
            return result
        _tell(result, planned)
        return result

    def _plan(self, dataset: "RosterDataset", name: str, user: User) -> RosterImport:
        organisation: Organisation = self.form.cleaned_data["organisation"]
        file: RosterFile = roster_file(name, dataset.content)
        planned = plan_file(organisation=organisation, file=file, user=user, now=timezone.now())
        self.form.planned = planned
        record_seeing(organisation=organisation, user=user, page="import plan in the admin", now=timezone.now())
        return planned

    def _commit(self, import_id: int) -> RosterImport:
        planned = RosterImport.objects.get(pk=import_id)
        typed = self.form.cleaned_data.get("leavers")
        return commit_import(
            roster_import=planned, leavers_confirmed=typed == planned.counts["leavers"], now=timezone.now()
        )


class RosterDataset:
    """What stands between django-import-export's steps: the file as uploaded, or the number of its plan."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @property
    def planned(self) -> int:
        return int(self.content)

    def __len__(self) -> int:
        return len(self.content)


_IMPORTS = {
    Kind.JOINER: RowResult.IMPORT_TYPE_NEW,
    Kind.CHANGE: RowResult.IMPORT_TYPE_UPDATE,
    Kind.LEAVER: RowResult.IMPORT_TYPE_DELETE,
    Kind.REVIEW: RowResult.IMPORT_TYPE_SKIP,
    Kind.REJECTED: RowResult.IMPORT_TYPE_SKIP,
}


def _tell(result: Result, planned: RosterImport) -> None:
    """The plan in django-import-export's words."""
    result.diff_headers = ["Person", "What"]
    counts = planned.counts
    result.totals[RowResult.IMPORT_TYPE_NEW] = counts["joiners"]
    result.totals[RowResult.IMPORT_TYPE_UPDATE] = counts["changes"]
    result.totals[RowResult.IMPORT_TYPE_DELETE] = counts["leavers"]
    result.totals[RowResult.IMPORT_TYPE_SKIP] = counts["untouched"] + counts["review"] + counts["rejected"]
    for kind, import_type in _IMPORTS.items():
        for _, line in zip(range(_SHOWN), lines_of(planned, kind), strict=False):
            row = RowResult()
            row.import_type, row.object_id, row.object_repr = import_type, line.employee_id or None, line.email
            row.diff = [escape(f"{line.name} <{line.email}>"), escape(_what(line))]
            result.append_row_result(row)


def _what(line: Line) -> str:
    changes = "; ".join(
        f"{field_label(name)}: {old or '–'} → {new or '–'}" for name, (old, new) in line.changes.items()
    )
    return line.reason or changes or (field_text(line) if line.after else "Not in this file")


def field_text(line: Line) -> str:
    person = line.after
    return "" if person is None else ", ".join(filter(None, (country_name(person.country), person.department)))


def export_people(people: QuerySet[Employee], extension: str) -> bytes:
    """These people in one of EXPORTS."""
    dataset: Dataset = PeopleResource().export(people)
    return bytes(FORMATS[extension]().export_data(dataset))
