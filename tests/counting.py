"""Row counts of every table: "nothing was written" means that none of them moved and no row changed."""

from django.apps import apps
from django.db import connection


def snapshot() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of the product, sessions included."""
    rows = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(cursor.fetchall(), key=repr)
    return rows
