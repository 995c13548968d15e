from django.urls import path

from compliance.catalogue import views

urlpatterns = [path("policies/", views.policies, name="policies")]
