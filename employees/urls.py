from django.urls import path

from employees import views

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/import/", views.upload, name="import-upload"),
    path("people/import/<int:pk>/", views.import_plan, name="import-plan"),
    path("people/import/<int:pk>/commit/", views.import_commit, name="import-commit"),
    path("people/import/<int:pk>/discard/", views.import_discard, name="import-discard"),
]
