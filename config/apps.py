from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from config import checks

__all__ = ["checks"]  # importing them registers them


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        from config.postgres.policies import build_walls  # noqa: PLC0415  # models are there only now

        # After the last of our own tables, however many migrations there were.
        post_migrate.connect(build_walls, sender=apps.get_app_config("reports"), dispatch_uid="walls")
