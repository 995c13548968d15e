from django.apps import AppConfig

from config import checks

__all__ = ["checks"]  # importing them registers them


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"
