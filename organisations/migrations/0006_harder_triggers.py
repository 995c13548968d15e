from django.db import migrations

ENTRY, CHECKPOINT = "organisations_evidenceentry", "organisations_evidencecheckpoint"
NAMES = {ENTRY: "evidence", CHECKPOINT: "evidence_checkpoint"}
RAISE = "BEGIN SELECT RAISE(ABORT, 'the evidence log is append-only'); END"


def _sqlite():
    # INSERT OR REPLACE deletes without asking a DELETE trigger, so what would be overwritten is refused as it comes.
    yield (
        f"CREATE TRIGGER evidence_only_next BEFORE INSERT ON {ENTRY} "
        f"WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM {ENTRY} WHERE organisation_id = NEW.organisation_id) "
        f"OR EXISTS (SELECT 1 FROM {ENTRY} WHERE id = NEW.id) {RAISE}"
    )
    yield (
        f"CREATE TRIGGER evidence_checkpoint_only_later BEFORE INSERT ON {CHECKPOINT} "
        f"WHEN NEW.seq <= (SELECT COALESCE(MAX(seq), 0) FROM {CHECKPOINT} WHERE organisation_id = NEW.organisation_id) "
        f"OR EXISTS (SELECT 1 FROM {CHECKPOINT} WHERE id = NEW.id) {RAISE}"
    )
    for verb in ("UPDATE", "DELETE"):
        yield f"CREATE TRIGGER evidence_checkpoint_no_{verb.lower()} BEFORE {verb} ON {CHECKPOINT} {RAISE}"


def _postgresql():
    yield (
        f"CREATE TRIGGER evidence_checkpoint_no_change BEFORE UPDATE OR DELETE ON {CHECKPOINT} "
        "FOR EACH ROW EXECUTE FUNCTION evidence_append_only()"
    )
    for table, name in NAMES.items():
        yield (
            f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION evidence_append_only()"
        )


def forwards(apps, schema_editor):
    for statement in _sqlite() if schema_editor.connection.vendor == "sqlite" else _postgresql():
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in ("only_next", "checkpoint_only_later", "checkpoint_no_update", "checkpoint_no_delete"):
            schema_editor.execute(f"DROP TRIGGER evidence_{name}")
        return
    schema_editor.execute(f"DROP TRIGGER evidence_checkpoint_no_change ON {CHECKPOINT}")
    for table, name in NAMES.items():
        schema_editor.execute(f"DROP TRIGGER {name}_no_truncate ON {table}")


class Migration(migrations.Migration):
    dependencies = [("organisations", "0005_evidence_leaves_the_house")]
    operations = [migrations.RunPython(forwards, backwards)]
