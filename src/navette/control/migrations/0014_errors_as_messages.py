"""Errors of work are messages: JSON of a template and its values, null where there is none.

A sentence that was stored before becomes a message without values, which reads as it was.
"""

import json
from collections.abc import Callable
from typing import Any

from django.db import migrations, models

WORK = ("run", "delivery")

_AT_ONCE = 500


def to_messages(apps: Any, _editor: Any) -> None:
    """Each sentence as the JSON text of a message."""
    for model in WORK:
        rows = apps.get_model("control", model).objects
        rows.filter(error="").update(error=None)
        _convert(rows.exclude(error=None), lambda sentence: json.dumps({"text": sentence}))


def to_sentences(apps: Any, editor: Any) -> None:
    """Each message in English, without the values that it may have."""
    if editor.connection.vendor == "postgresql":  # which alters no table while checks of its rows are pending
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for model in WORK:
        rows = apps.get_model("control", model).objects
        rows.filter(error=None).update(error="")
        _convert(rows.exclude(error=""), lambda stored: json.loads(stored)["text"])


def _convert(rows: Any, convert: Callable[[str], str]) -> None:
    """Write each error as ``convert`` gives it. Each row is read before it is written, and never again."""
    last = ""
    while block := list(rows.filter(pk__gt=last).only("pk", "error").order_by("pk")[:_AT_ONCE]):
        for row in block:
            row.error = convert(row.error)
        rows.bulk_update(block, ["error"])
        last = block[-1].pk


def altered(field: "models.Field[Any, Any]") -> list[migrations.AlterField]:
    """The field ``error`` of every kind of work becomes this one."""
    return [migrations.AlterField(model, "error", field) for model in WORK]


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0013_former_outboxes"),
    ]

    operations = [
        *altered(models.TextField(blank=True, null=True)),
        migrations.RunPython(to_messages, to_sentences, elidable=True),
        *altered(models.JSONField(null=True)),
    ]
