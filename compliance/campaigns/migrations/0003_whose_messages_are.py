"""What was in the database before knows its campaign and the end of its links."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    Campaign, Invitation, Message = (apps.get_model("campaigns", n) for n in ("Campaign", "Invitation", "Message"))
    closes = Campaign.objects.filter(pk=OuterRef("campaign_id")).values("closes_at")[:1]
    Invitation.objects.filter(closes_at=None).update(closes_at=Subquery(closes))
    campaign = Invitation.objects.filter(pk=OuterRef("invitation_id")).values("campaign_id")[:1]
    Message.objects.filter(campaign=None).update(campaign_id=Subquery(campaign))
    answered = apps.get_model("campaigns", "AttestationRequest").objects.filter(invitation=OuterRef("pk"))
    first = answered.exclude(answered_at=None).order_by("answered_at").values("answered_at")[:1]
    Invitation.objects.filter(answered_at=None).update(answered_at=Subquery(first))


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_delivery")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="invitation",
            name="closes_at",
            field=models.DateTimeField(help_text="When this link ends: with the campaign, or later for a joiner"),
        ),
        migrations.AlterField(
            model_name="message",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="campaigns.campaign"
            ),
        ),
    ]
