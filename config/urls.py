from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from compliance.attestations import urls as attestations
from compliance.campaigns.views.stop import stop
from config.views import healthz

# The admin has the house's own door, with whatever that asks for.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Offswitch: administration"
admin.site.site_url = "/"

# A sending service's reports; refused without the secret that it was given.
webhooks = [path("anymail/", include("anymail.urls"))] if settings.ESP and settings.ANYMAIL_WEBHOOK_SECRET else []

urlpatterns = [
    *webhooks,
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("allauth.account.urls")),
    path("", include("organisations.urls")),
    path("", include("compliance.attestations.urls")),
    path("u/<uuid:public_id>/<str:token>", stop, name="stop-reminders"),
    path("o/<slug:slug>/", include("employees.urls")),
    path("o/<slug:slug>/", include("compliance.catalogue.urls")),
    path("o/<slug:slug>/", include("compliance.campaigns.urls")),
    path("o/<slug:slug>/", include(attestations.workplace_patterns)),
    path("o/<slug:slug>/", include("reports.urls")),
]
