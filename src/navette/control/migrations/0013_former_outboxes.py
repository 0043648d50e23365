"""The outboxes whose rows are deliveries now are gone."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0012_one_outbox"),
    ]

    operations = [
        migrations.DeleteModel("PasswordRequest"),
        migrations.DeleteModel("Notice"),
        migrations.DeleteModel("TaskDelivery"),
        migrations.AddIndex(
            "delivery", models.Index(fields=["payload", "target"], name="control_del_payload_97f29e_idx")
        ),
        migrations.AddConstraint(
            "delivery",
            models.CheckConstraint(
                name="payload_is_there",
                condition=Q(payload="run", run__isnull=False)
                | Q(payload="slot", run=None, slot__isnull=False)
                | Q(payload__in=("notice", "password_link"), run=None, slot=None),
            ),
        ),
    ]
