"""Kept figures have the week before with them, and the day and catalogue by which they were counted."""

from typing import Any

from django.db import migrations


def forget(apps: Any, schema_editor: Any) -> None:
    """A worker counts them again as soon as somebody looks."""
    apps.get_model("reports", "KeptFigures").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("reports", "0008_since")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
