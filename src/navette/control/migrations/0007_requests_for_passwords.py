"""Requests for a link to choose a password are queued."""

import django.utils.timezone
from django.db import migrations, models

import navette.control.ids


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0006_deliveries_follow_their_person"),
    ]

    operations = [
        migrations.CreateModel(
            name="PasswordRequest",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=navette.control.ids.new_id,
                        editable=False,
                        max_length=24,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("state", models.CharField(default="queued", max_length=12)),
                (
                    "lane",
                    models.CharField(choices=[("quick", "Quick"), ("bulk", "Bulk")], default="quick", max_length=5),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("owner", models.CharField(blank=True, max_length=60)),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("deaths", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("cancel_requested", models.BooleanField(default=False)),
                ("checkpoint", models.JSONField(default=dict)),
                ("error", models.TextField(blank=True)),
                ("email", models.CharField(max_length=254)),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [
                    models.Index(fields=["state", "lane", "due_at"], name="control_pas_state_c33436_idx"),
                    models.Index(fields=["email", "finished_at"], name="control_pas_email_72529c_idx"),
                ],
            },
        ),
    ]
