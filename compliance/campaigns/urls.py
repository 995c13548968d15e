from django.urls import path

from compliance.campaigns import views

urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/new/", views.new, name="campaign-new"),
    path("campaigns/<int:pk>/", views.detail, name="campaign"),
    path("campaigns/<int:pk>/start/", views.start, name="campaign-start"),
    path("campaigns/<int:pk>/works-council/", views.works_council, name="campaign-works-council"),
    path("campaigns/<int:pk>/send-again/", views.again, name="campaign-send-again"),
    path("campaigns/<int:pk>/close/", views.close, name="campaign-close"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<uuid:public_id>/", views.mail, name="outbox-mail"),
    path("outbox/<uuid:public_id>/html/", views.mail_html, name="outbox-mail-html"),
]
