"""A slot and its deliveries keep a destination's own settings apart from what was planned with them."""

from collections.abc import Callable
from typing import Any

from django.db import migrations

_DIRECTORY = {"sftp": "directory", "folder": "folder"}
_OURS = ("kind", "host_keys", "destination", "pattern", "made")

Kept = dict[str, Any]


def planned(place: Kept) -> Kept:
    """What was one dictionary with the names of its settings among the others."""
    if not place:
        return {}
    settings = {name: value for name, value in place.items() if name not in _OURS}
    name = _DIRECTORY.get(place["kind"], "")
    directory = settings.get(name) or "./" if name else ""
    if name and "pattern" in place:
        settings[name] = place["pattern"]
    return {
        "kind": place["kind"],
        "settings": settings,
        "host_keys": place.get("host_keys", []),
        "destination": place.get("destination", ""),
        "directory": directory,
        "made": place.get("made", 0),
    }


def place(kept: Kept) -> Kept:
    """The one dictionary that it was."""
    if not kept:
        return {}
    named = {name: kept[name] for name in ("kind", "host_keys", "destination")}
    name = _DIRECTORY.get(kept["kind"], "")
    if not name:
        return {**kept["settings"], **named}
    pattern = kept["settings"].get(name) or "./"
    return {**kept["settings"], **named, "pattern": pattern, name: kept["directory"], "made": kept["made"]}


def _rewrite(apps: Any, change: Callable[[Kept], Kept]) -> None:
    for slot in apps.get_model("control", "TaskSlot").objects.exclude(destinations=[]).iterator():
        slot.destinations = [change(kept) for kept in slot.destinations]
        slot.save(update_fields=["destinations"])
    for delivery in apps.get_model("control", "TaskDelivery").objects.iterator():
        delivery.planned = change(delivery.planned)
        delivery.save(update_fields=["planned"])


def to_planned(apps: Any, _schema_editor: Any) -> None:
    _rewrite(apps, planned)


def to_places(apps: Any, _schema_editor: Any) -> None:
    _rewrite(apps, place)


class Migration(migrations.Migration):
    dependencies = [
        ("control", "0007_requests_for_passwords"),
    ]

    operations = [
        migrations.RenameField("taskslot", "places", "destinations"),
        migrations.RenameField("taskdelivery", "place", "planned"),
        migrations.RunPython(to_planned, to_places),
    ]
