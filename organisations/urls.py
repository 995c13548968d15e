from django.urls import path

from organisations.views import (
    arriving,
    certificates,
    comfort,
    evidence,
    language,
    log,
    looks,
    members,
    settings,
    signing_in,
)

_LOG = "o/<slug:slug>/evidence/"
_MEMBERS = "o/<slug:slug>/members/"

_SETTINGS = "o/<slug:slug>/settings/"

urlpatterns = [
    path("", signing_in.home, name="home"),
    path(_SETTINGS, settings.show, name="settings"),
    path(f"{_SETTINGS}works-council/", settings.works_council, name="settings-works-council"),
    path(f"{_SETTINGS}reports/", settings.reports, name="settings-reports"),
    path(f"{_SETTINGS}looks/", settings.looks, name="settings-looks"),
    path(f"{_SETTINGS}certificate/", certificates.certificate, name="settings-certificate"),
    path(f"{_SETTINGS}certificate/remove/", certificates.remove, name="settings-certificate-remove"),
    path("o/<slug:slug>/logo/<str:sha256>.png", settings.logo, name="logo"),
    path("comfort/", comfort.choose, name="comfort"),
    path("looks/<str:colour>.css", looks.stylesheet, name="looks-css"),
    path("organisations/", signing_in.choose, name="organisation-choose"),
    path("first-run/", arriving.first_owner, name="first-owner"),
    path("first-run/organisation/", arriving.first_organisation, name="first-organisation"),
    path("language/", language.choose, name="workplace-language"),
    path("join/<str:token>/", arriving.join, name="join"),
    path(_MEMBERS, members.members, name="members"),
    path(f"{_MEMBERS}invite/", members.invite, name="member-invite"),
    path(f"{_MEMBERS}invited/<int:pk>/again/", members.invite_again, name="invited-again"),
    path(f"{_MEMBERS}invited/<int:pk>/revoke/", members.revoke, name="invited-revoke"),
    path(f"{_MEMBERS}<int:pk>/role/", members.role, name="member-role"),
    path(f"{_MEMBERS}<int:pk>/names/", members.names, name="member-names"),
    path(f"{_MEMBERS}<int:pk>/disable/", members.disable, name="member-disable"),
    path(f"{_MEMBERS}<int:pk>/enable/", members.enable, name="member-enable"),
    path(f"{_MEMBERS}<int:pk>/remove/", members.remove, name="member-remove"),
    path(f"{_MEMBERS}<int:pk>/reset/", members.reset, name="member-reset"),
    path(_LOG, evidence.log, name="evidence"),
    path(f"{_LOG}entries/", log.entries, name="log"),
    path(f"{_LOG}entries/export/", log.export, name="log-export"),
    path(f"{_LOG}check/", evidence.check, name="evidence-check"),
    path(f"{_LOG}bundle/", evidence.bundle, name="evidence-bundle"),
    path(f"{_LOG}jobs/<int:pk>/cancel/", evidence.cancel, name="evidence-cancel"),
    path(f"{_LOG}bundle/download/", evidence.download, name="evidence-download"),
    path(f"{_LOG}checkpoint/", evidence.sign, name="evidence-sign"),
    path(f"{_LOG}checkpoints/<int:pk>/", evidence.checkpoint, name="evidence-checkpoint"),
    path(f"{_LOG}addresses/", evidence.addresses, name="evidence-addresses"),
    path(f"{_LOG}mails/", evidence.mail_again, name="evidence-mail-again"),
]
