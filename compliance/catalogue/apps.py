from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "compliance.catalogue"
    label = "catalogue"
