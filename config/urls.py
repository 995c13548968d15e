from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from compliance.attestations import urls as attestations
from compliance.campaigns.views.stop import stop
from config.administration import close
from config.views import healthz

close(admin.site)

# Of the library's pages those that this house has no use for: an address is what somebody was invited under, accounts
# at a provider are linked by that address alone, and who comes by a provider gets a password by mail or not at all.
_ELSEWHERE = RedirectView.as_view(pattern_name="mfa_index")
_CLOSED = ("email/", "3rdparty/", "signup/", "3rdparty/signup/", "password/set/")
closed = [path(f"accounts/{page}", _ELSEWHERE) for page in _CLOSED]

# A sending service's reports; refused without the secret that it was given.
webhooks = [path("anymail/", include("anymail.urls"))] if settings.ESP and settings.ANYMAIL_WEBHOOK_SECRET else []

urlpatterns = [
    *webhooks,
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    *closed,
    path("accounts/", include("allauth.urls")),
    path("", include("organisations.urls")),
    path("", include("compliance.attestations.urls")),
    path("u/<uuid:public_id>/<str:token>", stop, name="stop-reminders"),
    path("o/<slug:slug>/", include("employees.urls")),
    path("o/<slug:slug>/", include("compliance.catalogue.urls")),
    path("o/<slug:slug>/", include("compliance.campaigns.urls")),
    path("o/<slug:slug>/", include(attestations.workplace_patterns)),
    path("o/<slug:slug>/", include("reports.urls")),
]
