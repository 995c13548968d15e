from importlib import import_module

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "compliance.campaigns"
    label = "campaigns"

    def ready(self) -> None:
        import_module("compliance.campaigns.receivers")  # connects them; needs the models loaded
