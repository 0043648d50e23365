"""A delivery may bring a slot's files, a notice or a link for a password, too: the columns for that."""

import django.db.models.deletion
from django.db import migrations, models

LANES = [("quick", "Quick"), ("bulk", "Bulk"), ("mail", "Mail"), ("files", "Files")]
PAYLOADS = [("run", "Run"), ("slot", "Slot"), ("notice", "Notice"), ("password_link", "Password Link")]


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0010_no_business_hours"),
    ]

    operations = [
        migrations.RenameField("delivery", "recipient", "target"),
        migrations.AlterField("delivery", "target", models.TextField()),
        migrations.AddField("delivery", "payload", models.CharField(choices=PAYLOADS, default="run", max_length=13)),
        migrations.AlterField(
            "delivery",
            "run",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="control.run"
            ),
        ),
        migrations.AddField(
            "delivery",
            "slot",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="control.taskslot"
            ),
        ),
        migrations.AddField("delivery", "subject", models.CharField(blank=True, max_length=200)),
        migrations.AddField("delivery", "text", models.TextField(blank=True)),
        migrations.AddField(
            "delivery",
            "destination",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="deliveries",
                to="control.destination",
            ),
        ),
        migrations.AddField("delivery", "planned", models.JSONField(default=dict)),
        migrations.AddField("delivery", "bytes_done", models.BigIntegerField(default=0)),
        migrations.AlterField("delivery", "lane", models.CharField(choices=LANES, default="mail", max_length=5)),
        migrations.AlterField("run", "lane", models.CharField(choices=LANES, default="quick", max_length=5)),
    ]
