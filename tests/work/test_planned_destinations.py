"""A database of an earlier version keeps all of its rows."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from navette.control.models import Delivery

PLANNED = import_module("navette.control.migrations.0008_planned_destinations")

ONE_OUTBOX = import_module("navette.control.migrations.0012_one_outbox")

HOST_KEY = "ssh-ed25519 AAAA"


def test_what_a_slot_keeps_of_a_destination_has_its_settings_apart() -> None:
    server = {"host": "a", "port": 22, "user": "b", "directory": "./in/2026", "pattern": "./in/{{year}}", "made": 1}
    former = {**server, "kind": "sftp", "host_keys": [HOST_KEY], "destination": "1"}
    planned = PLANNED.planned(former)
    assert planned == {
        "kind": "sftp",
        "settings": {"host": "a", "port": 22, "user": "b", "directory": "./in/{{year}}"},
        "host_keys": [HOST_KEY],
        "destination": "1",
        "directory": "./in/2026",
        "made": 1,
    }
    assert PLANNED.place(planned) == former


class Outbox:
    """The rows of a former outbox. ``moved`` is how many deliveries there were as each was read."""

    def __init__(self) -> None:
        self.moved: list[int] = []

    def iterator(self) -> Iterator[Delivery]:
        """The rows, one after the other."""
        for _ in range(1_100):
            self.moved.append(Delivery.objects.count())
            yield Delivery()


@pytest.mark.django_db
def test_an_outbox_is_moved_in_parts_however_many_rows_it_has() -> None:
    outbox, values = Outbox(), {"payload": "password_link", "target": "a@example.org"}

    def values_of(_row: Any) -> dict[str, Any]:
        return values

    ONE_OUTBOX._move(apps, outbox, values_of)
    assert Delivery.objects.count() == 1_100
    assert (outbox.moved[499], outbox.moved[500], outbox.moved[1_000]) == (0, 500, 1_000)
