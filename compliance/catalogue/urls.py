from django.urls import path

from compliance.catalogue.views import moves, pages

urlpatterns = [
    path("people/import/<int:pk>/moves/", moves.import_moves, name="import-moves"),
    path("policies/", pages.policies, name="policies"),
    path("policies/what-if/", pages.what_if, name="what-if"),
    path("policies/disagreements/", pages.conflicts, name="conflicts"),
    path("policies/collection/", pages.collection, name="collection"),
    path("policies/collection/override/", pages.override, name="collection-override"),
    path("policies/collection/<str:jurisdiction>/withdraw/", pages.withdraw, name="collection-withdraw"),
    path("policies/<slug:key>/", pages.policy, name="policy"),
]
