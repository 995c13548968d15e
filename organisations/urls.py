from django.urls import path

from organisations.views import evidence, signing_in

_LOG = "o/<slug:slug>/evidence/"

urlpatterns = [
    path("", signing_in.home, name="home"),
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
