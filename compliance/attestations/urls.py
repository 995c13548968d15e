from django.urls import path

from compliance.attestations import views

urlpatterns = [
    path("l/<str:token>", views.enter, name="link-enter"),
    path("p/<uuid:public_id>/", views.page, name="link-page"),
    path("p/<uuid:public_id>/thanks/", views.thanks, name="link-thanks"),
]
