from django.urls import path

from compliance.campaigns.views import links, mails, person, running, setting_up

urlpatterns = [
    path("people/<int:pk>/", person.person, name="person"),
    path("campaigns/", running.campaigns, name="campaigns"),
    path("campaigns/new/", setting_up.new, name="campaign-new"),
    path("campaigns/reach/", setting_up.reach, name="campaign-reach"),
    path("campaigns/texts/", mails.texts, name="mail-texts"),
    path("campaigns/approval/", mails.approval, name="campaign-approval"),
    path("campaigns/<int:pk>/", running.detail, name="campaign"),
    path("campaigns/<int:pk>/set-up/<slug:name>/", setting_up.step, name="campaign-step"),
    path("campaigns/<int:pk>/audience/", setting_up.use_audience, name="campaign-use-audience"),
    path("campaigns/<int:pk>/preview/", mails.preview, name="campaign-preview"),
    path("campaigns/<int:pk>/preview/html/", mails.preview_html, name="campaign-preview-html"),
    path("campaigns/<int:pk>/test/", mails.test, name="campaign-test"),
    path("campaigns/<int:pk>/approve/", running.approve, name="campaign-approve"),
    path("campaigns/<int:pk>/start/", running.start, name="campaign-start"),
    path("campaigns/<int:pk>/pause/", running.pause, name="campaign-pause"),
    path("campaigns/<int:pk>/resume/", running.resume, name="campaign-resume"),
    path("campaigns/<int:pk>/send-again/", running.again, name="campaign-send-again"),
    path("campaigns/<int:pk>/close/", running.close, name="campaign-close"),
    path("campaigns/<int:pk>/cancel/", running.cancel, name="campaign-cancel"),
    path("campaigns/<int:pk>/clone/", running.clone, name="campaign-clone"),
    path("campaigns/<int:pk>/delete/", running.delete, name="campaign-delete"),
    path("campaigns/<int:pk>/notices/", links.notices, name="campaign-notices"),
    path("campaigns/<int:pk>/links.csv", links.links, name="campaign-links"),
    path("outbox/", mails.outbox, name="outbox"),
    path("outbox/stopped/", mails.suppressions, name="suppressions"),
    path("outbox/stopped/<int:pk>/release/", mails.release, name="suppression-release"),
    path("outbox/<uuid:public_id>/", mails.mail, name="outbox-mail"),
    path("outbox/<uuid:public_id>/html/", mails.mail_html, name="outbox-mail-html"),
]
