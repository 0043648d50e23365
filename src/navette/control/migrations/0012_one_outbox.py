"""Every row of the outboxes becomes a delivery, under its id and in its state: mails' links lead to where they led.

Work that a worker has is taken over by another when its lease ends; a mail that was handed over stays handed over.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

from django.db import migrations, models

_AT_ONCE = 500

_WORK = (
    *("id", "state", "created_at", "due_at", "started_at", "finished_at", "owner", "attempt", "deaths", "lease_until"),
    *("cancel_requested", "checkpoint", "error"),
)


def _of_files(delivery: Any) -> dict[str, Any]:
    return {
        "payload": "slot",
        "lane": "files",
        "slot_id": delivery.slot_id,
        "destination_id": delivery.destination_id,
        "kind": delivery.planned.get("kind", "sftp"),
        "planned": delivery.planned,
        "target": delivery.target,
        "bytes_done": delivery.bytes_done,
        "delivered_at": delivery.delivered_at,
    }


def _of_notice(notice: Any) -> dict[str, Any]:
    return {
        "payload": "notice",
        "lane": "mail",
        "person_id": notice.recipient_id,
        "target": notice.recipient.email,
        "subject": notice.subject,
        "text": notice.text,
        "delivered_at": notice.finished_at if notice.state == "done" else None,
    }


def _of_request(request: Any) -> dict[str, Any]:
    return {
        "payload": "password_link",
        "lane": "mail",
        "target": request.email,
        "delivered_at": request.finished_at if request.state == "done" else None,
    }


def _move(apps: Any, rows: Any, values: Callable[[Any], dict[str, Any]]) -> None:
    delivery = apps.get_model("control", "Delivery")
    made = (delivery(**{name: getattr(row, name) for name in _WORK}, **values(row)) for row in rows.iterator())
    while block := list(islice(made, _AT_ONCE)):  # bulk_create would hold all of an outbox in memory
        delivery.objects.bulk_create(block)


def to_one(apps: Any, _schema_editor: Any) -> None:
    runs = apps.get_model("control", "Run").objects.filter(pk=models.OuterRef("run"))
    mails = apps.get_model("control", "Delivery").objects
    mails.update(lane="mail", slot=models.Subquery(runs.values("slot")[:1]))
    _move(apps, apps.get_model("control", "TaskDelivery").objects.all(), _of_files)
    _move(apps, apps.get_model("control", "Notice").objects.select_related("recipient"), _of_notice)
    _move(apps, apps.get_model("control", "PasswordRequest").objects.all(), _of_request)


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0011_deliveries_of_every_payload"),
    ]

    operations = [migrations.RunPython(to_one)]
