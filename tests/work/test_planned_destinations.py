"""A database of an earlier version keeps all of its rows."""

from importlib import import_module

PLANNED = import_module("navette.control.migrations.0008_planned_destinations")

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
