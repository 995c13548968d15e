from django.db import migrations

TABLE = "organisations_evidenceentry"


def _statements(vendor):
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER evidence_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
            "BEGIN SELECT RAISE(ABORT, 'the evidence log is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE FUNCTION evidence_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the evidence log is append-only'; END $$",
        f"CREATE TRIGGER evidence_no_change BEFORE UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION evidence_append_only()",
    ]


def forwards(apps, schema_editor):
    for statement in _statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER evidence_no_{verb}")
    else:
        schema_editor.execute(f"DROP TRIGGER evidence_no_change ON {TABLE}")
        schema_editor.execute("DROP FUNCTION evidence_append_only()")


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
