"""A control database as version 0007 of its tables had it, with a delivery of every kind in every state.

Run with ``make`` it makes that database, with ``look`` it migrates and prints the deliveries as JSON.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from navette.site.start import start_django

start_django()

from django.core.management import call_command  # noqa: E402 # after Django's start
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
ENDED = ("done", "failed", "unknown", "cancelled")
FAILED = {"subject": "It failed", "text": "It failed."}
HANDED_OVER = {"handed_over": "2026-03-10T03:00:00+00:00"}
SERVER = {"host": "sftp.example.org", "port": 22, "user": "navette", "directory": "./in/{{year}}"}
PLACE = SERVER | {
    "kind": "sftp",
    "host_keys": ["ssh-ed25519 AAAA"],
    "pattern": "./in/{{year}}",
    "directory": "./in/2026",
    "made": 1,
}


def work(number: int, state: str, **values: Any) -> dict[str, Any]:
    """What a piece of work has, of that number."""
    told: dict[str, Any] = {
        "id": f"{number:024x}",
        "state": state,
        "created_at": NOW,
        "due_at": NOW,
        "attempt": 2,
        "error": "the server is away." if state in ("failed", "unknown") else "",
        "cancel_requested": state == "cancelled",
        "finished_at": NOW if state in ENDED else None,
    }
    if state == "sending":
        told |= {"owner": "worker", "lease_until": NOW + timedelta(minutes=1), "deaths": 1, "started_at": NOW}
    return told | values


def make() -> None:
    """The database."""
    call_command("migrate", "control", "0007", interactive=False, verbosity=0)
    apps = MigrationExecutor(connection).loader.project_state([("control", "0007_requests_for_passwords")]).apps

    def model(name: str) -> Any:
        return apps.get_model("control", name).objects

    role = model("Role").create(label="Administrator", permissions=["read_export"])
    person = model("User").create(email="nadia@example.org", name="Nadia", role=role)
    task = model("Task").create(label="Nightly", owner=person)
    destination = model("Destination").create(task=task, kind="sftp", settings=SERVER)
    place = PLACE | {"destination": destination.pk}
    mailed = {"kind": "email", "recipient": person.email, "host_keys": [], "destination": "1"}
    slot = model("TaskSlot").create(task=task, at=NOW, day=NOW.date(), places=[place, mailed])
    asked = {"export": "agents", "request": {"export": "agents"}, "requested_by": person}
    run, slots_run = model("Run").create(**asked), model("Run").create(**asked, slot=slot)
    numbers = iter(range(1, 1000))
    states = ("queued", "sending", *ENDED)
    for state in states:
        mailed_to = {"person": person, "recipient": person.email}
        model("Delivery").create(**work(next(numbers), state, run=run, **mailed_to))
        model("Delivery").create(**work(next(numbers), state, run=slots_run, **mailed_to))
        model("Notice").create(**work(next(numbers), state, recipient=person, **FAILED))
        if state != "unknown":
            told = {"destination": destination, "place": place, "target": "navette@sftp.example.org ./in/2026"}
            model("TaskDelivery").create(**work(next(numbers), state, slot=slot, bytes_done=7, **told))
            model("PasswordRequest").create(**work(next(numbers), state, email="typed@example.org"))
    gone = {"slot": slot, "place": {}, "target": "a server that was removed"}
    model("TaskDelivery").create(**work(next(numbers), "failed", **gone))
    links = {"run": run, "person": None, "recipient": "former@example.org", "as_link": True, "message_id": "<1@here>"}
    revoked = {**links, "link_expires_at": NOW, "link_revoked_at": NOW, "delivered_at": NOW}
    model("Delivery").create(**work(next(numbers), "done", **revoked))
    model("Delivery").create(**work(next(numbers), "sending", run=run, person=person, checkpoint=HANDED_OVER))
    model("Notice").create(**work(next(numbers), "sending", recipient=person, checkpoint=HANDED_OVER, **FAILED))


def look() -> None:
    """The deliveries after all migrations, by their ids, and what the slot keeps of its destinations."""
    call_command("migrate", interactive=False, verbosity=0)
    from navette.control.models import Delivery, TaskSlot  # noqa: PLC0415 # the present tables

    deliveries = {row["id"]: row for row in Delivery.objects.order_by("id").values()}
    told = {"deliveries": deliveries, "slot": TaskSlot.objects.get().pk, "planned": TaskSlot.objects.get().destinations}
    json.dump(told, sys.stdout, default=str)


{"make": make, "look": look}[sys.argv[1]]()
