"""The roster in the Django admin, for those who run the installation: to look at, to import, to export.

Nobody edits a person here: a change comes by an import, which plans it, carries it out whole and logs it.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import Format
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm
from import_export.tmp_storages import BaseStorage

from employees.gateways.formats import FORMATS
from employees.models import Employee
from employees.resources import RosterDataset, RosterResource
from employees.services import record_export
from organisations.models import Organisation
from organisations.services import record_seeing


class AnyRoster(Format):  # type: ignore[misc]  # import_export is untyped
    """Whatever our own reader reads; it looks at the content, not at the name."""

    def __init__(self, encoding: str | None = None) -> None:
        """Every format is asked to take one; ours finds it out."""

    def get_title(self) -> str:
        return "CSV, XLSX, XLS, XLSB, ODS or JSON"

    def can_import(self) -> bool:
        return True

    def create_dataset(self, in_stream: bytes) -> RosterDataset:
        return RosterDataset(in_stream)


class PlanStorage(BaseStorage):  # type: ignore[misc]  # import_export is untyped
    """Between upload and confirmation the file lives in its import, sealed; here only the import's number passes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.content = b""

    def save(self, data: bytes) -> None:
        self.content, self.name = data, "in its import"

    def read(self) -> bytes:
        return self.content or str(self.name).encode()

    def remove(self) -> None:
        self.content = b""


class RosterImportForm(ImportForm):  # type: ignore[misc]
    organisation = forms.ModelChoiceField(Organisation.objects.order_by("name"))


class RosterConfirmForm(ConfirmImportForm):  # type: ignore[misc]
    leavers = forms.IntegerField(
        required=False,
        label="If many people leave, type how many",
        help_text="Asked for when more than a tenth of the staff is not in the file.",
    )


@admin.register(Employee)
class EmployeeAdmin(ImportExportMixin, admin.ModelAdmin):  # type: ignore[misc, type-arg]
    resource_classes = [RosterResource]
    import_form_class, confirm_form_class = RosterImportForm, RosterConfirmForm
    export_form_class = ExportForm  # the one without scripts in the page
    import_formats, export_formats = [AnyRoster], list(FORMATS.values())
    tmp_storage_class = PlanStorage
    skip_admin_log = True  # the evidence log has it, once for the whole import
    list_display = ["name", "email", "organisation", "country", "department", "status"]
    list_filter = ["organisation", "status", "country"]
    search_fields = ["name", "email", "external_id"]
    list_select_related = ["organisation"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Employee | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Employee | None = None) -> bool:
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"form": kwargs.get("form")}

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_confirm_form_initial(request, import_form)
        return initial | ({"import_file_name": str(import_form.planned.pk)} if import_form else {})

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        if result.has_errors():
            for error in result.base_errors:
                messages.error(request, str(error.error))
            return HttpResponseRedirect("../import/")
        return super().process_result(result, request)  # type: ignore[no-any-return]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        listed = getattr(response, "context_data", None) or {}
        if "cl" in listed:
            self._note(request, {person.organisation for person in listed["cl"].result_list}, "people in the admin")
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        if person := self.get_object(request, object_id):
            self._note(request, {person.organisation}, "person in the admin")
        return response

    def _note(self, request: HttpRequest, organisations: set[Organisation], page: str) -> None:
        for organisation in sorted(organisations, key=lambda item: item.pk):
            user: Any = request.user  # the admin lets nobody in without signing in
            record_seeing(organisation=organisation, user=user, page=page, now=timezone.now())

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Employee], **kwargs: Any
    ) -> Any:
        content = super().get_export_data(file_format, request, queryset, **kwargs)
        for organisation in Organisation.objects.filter(pk__in=queryset.order_by().values("organisation")):
            people = queryset.filter(organisation=organisation).count()
            record_export(
                organisation=organisation,
                user=request.user,  # type: ignore[arg-type]  # the admin lets nobody in without signing in
                kind=file_format.get_extension(),
                people=people,
                now=timezone.now(),
            )
        return content
