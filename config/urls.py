from django.urls import include, path

from config.views import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("allauth.account.urls")),
    path("", include("organisations.urls")),
    path("", include("compliance.attestations.urls")),
    path("o/<slug:slug>/", include("employees.urls")),
    path("o/<slug:slug>/", include("compliance.catalogue.urls")),
    path("o/<slug:slug>/", include("compliance.campaigns.urls")),
    path("o/<slug:slug>/", include("reports.urls")),
]
