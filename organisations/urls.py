from django.urls import path

from organisations import views

urlpatterns = [
    path("", views.home, name="home"),
    path("organisations/", views.choose, name="organisation-choose"),
]
