"""A delivery knows whom it is for, not just the address that they had when it was queued."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def name_people(apps: Any, _schema_editor: Any) -> None:
    deliveries, users = apps.get_model("control", "Delivery").objects, apps.get_model("control", "User").objects
    run = apps.get_model("control", "Run").objects.filter(pk=models.OuterRef("run"))
    theirs = users.filter(email=models.OuterRef("recipient"))
    deliveries.filter(run__slot=None).update(person=models.Subquery(run.values("requested_by")[:1]))
    deliveries.filter(person=None).update(person=models.Subquery(theirs.values("pk")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0005_variables_in_double_braces"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(name_people, migrations.RunPython.noop, elidable=True),
    ]
