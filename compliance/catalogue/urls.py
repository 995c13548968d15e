from django.urls import path

from compliance.catalogue import views

urlpatterns = [
    path("policies/", views.policies, name="policies"),
    path("policies/what-if/", views.what_if, name="what-if"),
    path("policies/disagreements/", views.conflicts, name="conflicts"),
    path("policies/collection/", views.collection, name="collection"),
    path("policies/collection/override/", views.override, name="collection-override"),
    path("policies/collection/<str:jurisdiction>/withdraw/", views.withdraw, name="collection-withdraw"),
    path("policies/<slug:key>/", views.policy, name="policy"),
]
