from django.urls import path

from employees.views import downloads, imports, settling

urlpatterns = [
    path("people/places/", settling.places, name="places"),
    path("people/places/<int:alias_id>/forget/", settling.forget_place, name="place-forget"),
    path("people/import/", imports.upload, name="import-upload"),
    path("people/import/sample/", imports.sample, name="import-sample"),
    path("people/import/template/", downloads.import_template, name="import-template"),
    path("people/import/<int:pk>/", imports.import_plan, name="import-plan"),
    path("people/import/<int:pk>/commit/", imports.import_commit, name="import-commit"),
    path("people/import/<int:pk>/discard/", imports.import_discard, name="import-discard"),
    path("people/import/<int:pk>/undo/", imports.import_undo, name="import-undo"),
    path("people/import/<int:pk>/columns/", settling.import_columns, name="import-columns"),
    path("people/import/<int:pk>/settle/", settling.import_settle, name="import-settle"),
    path("people/import/<int:pk>/rest/", settling.import_rest, name="import-rest"),
    path("people/import/<int:pk>/plan.xlsx", downloads.import_download, name="import-download"),
    path("people/import/<int:pk>/to-mend.<str:kind>", downloads.import_mend, name="import-mend"),
]
