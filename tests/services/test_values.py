"""A program that calls a service sends what no form would: it is refused, with the field that is wrong."""

from dataclasses import replace

import pytest
from tests.services.test_every_service import SETTINGS, everything, values

from navette.control.models import Destination, Task
from navette.core.errors import RequestError
from navette.services import domain, extensions, presets, profile, roles, tasks, users

pytestmark = pytest.mark.django_db

SERVER = {"host": "sftp.example.org", "port": 22, "user": "me", "directory": "./"}


def task(world, **changes):
    """Save a task that is right but for the changes."""
    right = {"label": "Task", "exports": [{"export": "agents", "period": "", "by": "", "fields": ["id"]}]}
    return tasks.save(world.actors["administrator"], Task(**right | changes), list(world.task.destinations.none()))


def destination(world, **settings):
    """Save the task with one server."""
    there = [Destination(kind="sftp", settings={**SERVER, **settings})]
    return tasks.save(world.actors["administrator"], world.task, there)


WRONG_USERS = [
    ("name", " "),
    ("name", "x" * 151),
    ("name", "two\nlines"),
    ("email", "nobody"),
    ("email", "ADMINISTRATOR@example.org"),
    ("role", "0" * 24),
    ("locale", "tlh"),
    ("timezone", "Europe/Atlantis"),
]

WRONG_SETTINGS = [
    ("name", ""),
    ("locale", ""),
    ("timezone", "Mars"),
    ("first_day_of_week", 7),
    ("retention_days", 0),
    ("link_days", 4000),
    ("file_name_pattern", "no variable"),
]

WRONG_TASKS = [
    ("label", ""),
    ("label", "x" * 101),
    ("frequency", "hourly"),
    ("catch_up", "some"),
    ("empty", "perhaps"),
    ("format", "pdf"),
    ("minimum_rows", 0),
    ("file_name_pattern", "x" * 151),
    ("exports", [{"export": "secrets"}]),
    ("exports", [{"export": "messages", "period": "fortnight"}]),
    ("exports", [{"export": "messages", "by": "moon"}]),
]

WRONG_SERVERS = [
    ("host", ""),
    ("host", "two words"),
    ("port", 70_000),
    ("port", "ssh"),
    ("user", ""),
    ("directory", "{{password}}"),
    ("directory", "x" * 501),
]


def refused(field, call):
    """The call is refused for that field, and changes nothing."""
    before = everything()
    with pytest.raises(RequestError) as raised:
        call()
    assert raised.value.field == field
    assert everything() == before


@pytest.mark.parametrize(("field", "value"), WRONG_USERS)
def test_a_user_with_a_wrong_value_is_neither_added_nor_changed(field, value, world):
    administrator = world.actors["administrator"]
    new = replace(values(world.person, email="new@example.org"), **{field: value})
    refused(field, lambda: users.add(administrator, new))
    refused(field, lambda: users.change(administrator, world.person, replace(values(world.person), **{field: value})))


@pytest.mark.parametrize(("field", "value"), WRONG_SETTINGS)
def test_settings_with_a_wrong_value_stay_as_they_are(field, value, world):
    refused(field, lambda: domain.change(world.actors["administrator"], replace(SETTINGS, **{field: value})))


@pytest.mark.parametrize(
    ("field", "label", "permissions"),
    [("label", "", []), ("label", "Administrator", []), ("permissions", "New", ["become_king"])],
)
def test_a_role_with_a_wrong_value_is_neither_added_nor_changed(field, label, permissions, world):
    administrator = world.actors["administrator"]
    refused(field, lambda: roles.add(administrator, label, permissions))
    refused(field, lambda: roles.change(administrator, world.spare_role, label, permissions))


@pytest.mark.parametrize("changes", [{"locale": "tlh"}, {"timezone": "Mars"}])
def test_nobody_chooses_a_language_or_a_zone_that_does_not_exist(changes, world):
    [field] = changes
    refused(field, lambda: profile.change(world.actors["administrator"], **changes))


def test_an_extension_that_does_not_exist_is_not_added(world):
    refused("name", lambda: extensions.add(world.actors["administrator"], "coffee"))


@pytest.mark.parametrize(
    ("field", "name", "changes"),
    [
        ("name", "\t", {}),
        ("name", "x" * 101, {}),
        ("", "New", {"format": "pdf"}),
        ("", "New", {"compression": "rar"}),
        ("", "New", {"locale": "tlh"}),
        ("", "New", {"timezone": "Mars"}),
        ("", "New", {"start": "yesterday"}),
        ("", "New", {"period": "fortnight"}),
    ],
)
def test_a_preset_that_could_never_be_exported_is_not_kept(field, name, changes, world):
    wrong = world.request("messages", **changes)
    refused(field, lambda: presets.save(world.actors["administrator"], name, wrong))


@pytest.mark.parametrize(("field", "value"), WRONG_TASKS)
def test_a_task_with_a_wrong_value_is_not_saved(field, value, world):
    refused(field, lambda: task(world, **{field: value}))


@pytest.mark.parametrize(("field", "value"), WRONG_SERVERS)
def test_a_server_with_a_wrong_value_is_not_saved(field, value, world):
    refused(field, lambda: destination(world, **{field: value}))


def test_files_go_only_where_the_installation_permits(world):
    elsewhere = [Destination(kind="folder", settings={"folder": "/etc"})]
    refused("folder", lambda: tasks.save(world.actors["administrator"], world.task, elsewhere))


def test_nobody_takes_the_destination_of_another_task(world):
    [theirs] = world.task.destinations.all()
    refused(
        "", lambda: tasks.save(world.actors["administrator"], Task(label="Mine", exports=world.task.exports), [theirs])
    )
