from django.urls import path

from organisations.views import evidence, looks, settings, signing_in

_LOG = "o/<slug:slug>/evidence/"

_SETTINGS = "o/<slug:slug>/settings/"

urlpatterns = [
    path("", signing_in.home, name="home"),
    path(_SETTINGS, settings.show, name="settings"),
    path(f"{_SETTINGS}works-council/", settings.works_council, name="settings-works-council"),
    path(f"{_SETTINGS}reports/", settings.reports, name="settings-reports"),
    path(f"{_SETTINGS}looks/", settings.looks, name="settings-looks"),
    path("o/<slug:slug>/logo/<str:sha256>.png", settings.logo, name="logo"),
    path("looks/<str:colour>.css", looks.stylesheet, name="looks-css"),
    path("organisations/", signing_in.choose, name="organisation-choose"),
    path(_LOG, evidence.log, name="evidence"),
    path(f"{_LOG}check/", evidence.check, name="evidence-check"),
    path(f"{_LOG}bundle/", evidence.bundle, name="evidence-bundle"),
    path(f"{_LOG}bundle/download/", evidence.download, name="evidence-download"),
    path(f"{_LOG}checkpoint/", evidence.sign, name="evidence-sign"),
    path(f"{_LOG}checkpoints/<int:pk>/", evidence.checkpoint, name="evidence-checkpoint"),
    path(f"{_LOG}addresses/", evidence.addresses, name="evidence-addresses"),
    path(f"{_LOG}mails/", evidence.mail_again, name="evidence-mail-again"),
]
