from django.db import migrations, models

import employees.models
from employees.rules.searching import searched

SOME = 2000


def fill(apps, schema_editor):
    """Everybody's folded text; on PostgreSQL in the order of code points, as SQLite has it."""
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE employees_employee ALTER COLUMN searched TYPE text COLLATE "C"')
    people = apps.get_model("employees", "Employee").objects.using(connection.alias)
    last = 0
    while rows := list(
        people.filter(pk__gt=last).order_by("pk").values_list("pk", "name", "email", "external_id")[:SOME]
    ):
        values = [(searched(name, email, number), pk) for pk, name, email, number in rows]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE employees_employee SET searched = %s WHERE id = %s", values)
        last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("employees", "0002_roster_that_hr_trusts")]
    operations = [
        migrations.AddField(
            model_name="employee",
            name="searched",
            field=employees.models.SearchedField(
                db_default="", default="", editable=False, help_text="employees.rules.searching"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="employee", name="employees_e_organis_2798df_idx"),
        migrations.AddIndex(
            model_name="employee",
            index=models.Index(
                fields=["organisation", "status", "searched", "id", "country", "language"], name="people_listed"
            ),
        ),
    ]
