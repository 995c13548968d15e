from django.db import migrations, models

GENESIS = "0" * 64


def whom_it_is_about(apps, schema_editor):
    personal = apps.get_model("organisations", "EvidencePersonal")
    waiting = []
    for row in personal.objects.filter(content__employee__isnull=False).only("pk", "content").iterator(2000):
        row.subject = row.content["employee"]
        waiting.append(row)
        if len(waiting) == 2000:
            personal.objects.bulk_update(waiting, ["subject"], batch_size=200)
            waiting = []
    personal.objects.bulk_update(waiting, ["subject"], batch_size=200)


def every_organisation_has_a_head(apps, schema_editor):
    head = apps.get_model("organisations", "EvidenceHead")
    without = apps.get_model("organisations", "Organisation").objects.exclude(
        pk__in=head.objects.values("organisation_id")
    )
    head.objects.bulk_create([head(organisation=item, hash=GENESIS) for item in without], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("organisations", "0003_delivery")]
    operations = [
        migrations.AddField(
            model_name="evidencepersonal",
            name="subject",
            field=models.BigIntegerField(
                db_index=True,
                help_text="The employee whom it is about: all of one person's is found by it.",
                null=True,
            ),
        ),
        migrations.RunPython(whom_it_is_about, migrations.RunPython.noop),
        migrations.RunPython(every_organisation_has_a_head, migrations.RunPython.noop),
    ]
