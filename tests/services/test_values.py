"""A program that calls a service sends what no form would: it is refused, with the field that is wrong."""

from contextlib import suppress
from dataclasses import replace

import pytest
from django.db import transaction
from tests.services.test_every_service import SETTINGS, everything, values

from navette.control.actor import OPERATOR
from navette.control.models import Destination, Event, Role, Task, User
from navette.core.errors import RequestError
from navette.services import domain, extensions, presets, profile, roles, setup, sign_in, tasks, users

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
    ("name", 7),
    ("name", "half a character: \ud83d"),
    ("email", ["a@example.org"]),
    ("name", " "),
    ("name", "x" * 151),
    ("name", "two\nlines"),
    ("email", "nobody"),
    ("email", f"{'x' * 250}@example.org"),
    ("email", "nadia@exam\u202cple.org"),
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
    ("label", {"a": 1}),
    ("label", "half a character: \ud83d"),
    ("frequency", ["daily"]),
    ("timezone", 1),
    ("minimum_rows", "10"),
    ("label", ""),
    ("label", "x" * 101),
    ("frequency", "hourly"),
    ("catch_up", "some"),
    ("empty", "perhaps"),
    ("format", "pdf"),
    ("minimum_rows", 0),
    ("cron", f"{','.join(map(str, range(60)))} * * * *"),
    ("timezone", "Europe/Atlantis"),
    ("timezone", "x" * 61),
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


def mailed(world, *addresses):
    """Save the task with these recipients."""
    there = [Destination(kind="email", settings={"recipient": address}) for address in addresses]
    return tasks.save(world.actors["administrator"], world.task, there)


def test_files_are_mailed_only_to_users_who_may_export(world):
    closed = User.objects.create_user(
        "closed@example.org", name="Closed", role=world.actors["administrator"].user.role, is_active=False
    )
    powerless = world.actors["powerless"].user
    for address in ("Nobody@Else.org", closed.email, powerless.email, "x\ny"):
        refused("recipient", lambda address=address: mailed(world, address))


def test_a_recipients_address_is_stored_as_the_users(world):
    mailed(world, f" {world.person.email.title()} ")
    assert world.task.destinations.get().settings == {"recipient": world.person.email}


def test_a_task_has_only_as_many_servers_as_their_kind_says(world):
    def save(count):
        there = [Destination(kind="sftp", settings=SERVER) for _ in range(count)]
        return tasks.save(world.actors["administrator"], world.task, there)

    refused("", lambda: save(6))
    save(5)
    assert world.task.destinations.count() == 5


def test_a_task_has_as_many_recipients_as_it_likes(world):
    mailed(world, world.person.email, world.actors["administrator"].user.email)
    assert world.task.destinations.count() == 2


def test_a_tasks_file_name_pattern_and_cron_line_are_stored_without_spaces_around_them(world):
    world.task.file_name_pattern, world.task.frequency, world.task.cron = " {{export_name}} ", "cron", " 30 6 * * * "
    tasks.save(world.actors["administrator"], world.task, list(world.task.destinations.all()))
    world.task.refresh_from_db()
    assert (world.task.file_name_pattern, world.task.cron) == ("{{export_name}}", "30 6 * * *")


@pytest.mark.parametrize(
    ("email", "name"),
    [
        (f"{'x' * 250}@example.org", "Ada"),
        ("nobody", "Ada"),
        ("ada@example.org", "x" * 151),
        ("ada@example.org", "two\nlines"),
    ],
)
def test_the_first_administrator_has_an_address_and_a_name_that_any_user_could_have(email, name):
    Role.objects.create(label="Administrator", permissions=["manage_users"])
    with pytest.raises(RequestError, match="first administrator"):
        setup.make_administrator(OPERATOR, setup.Person(email, name, "a long enough pass phrase"))
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_audit_log_begins_with_the_domain_and_its_roles(settings):
    for _ in range(2):
        setup.make_domain(OPERATOR, settings)
    [event] = Event.objects.all()
    assert (event.name, event.details) == ("settings.created", {"roles": ["Administrator", "Supervisor", "Auditor"]})


ODD = [None, True, 0, -1, 1.5, "", "\0", "half a character: \ud83d", "9" * 5000, [], [None], [[]], {}, {"a": 1}]
"""What a program may send in place of anything."""


OF_A_TASK = [
    *("label", "frequency", "at", "cron", "timezone", "catch_up", "exports", "format", "zipped", "file_name_pattern"),
    *("empty", "manifest", "checksums", "expected_by", "minimum_rows"),
]


def calls(world, odd):
    """Calls of services that are right but for one value."""
    administrator = world.actors["administrator"]
    export = {"export": "agents", "period": "", "by": "", "fields": ["id"]}
    right = {"label": "Task", "exports": [export]}
    for name in OF_A_TASK:
        yield lambda name=name: task(world, **{name: odd})
    for name in export:
        yield lambda name=name: task(world, exports=[export | {name: odd}])
    for name in ("kind", "settings", "host_keys"):
        there = [Destination(**{"kind": "sftp", "settings": SERVER, name: odd})]
        yield lambda there=there: tasks.save(administrator, Task(**right), there)
    for name in ("name", "email", "role", "locale", "timezone", "is_active"):
        yield lambda name=name: users.change(administrator, world.person, replace(values(world.person), **{name: odd}))
    for name in vars(SETTINGS):
        yield lambda name=name: domain.change(administrator, replace(SETTINGS, **{name: odd}))
    yield lambda: roles.add(administrator, odd, [])
    yield lambda: roles.add(administrator, "New", odd)
    yield lambda: presets.save(administrator, odd, world.request())
    yield lambda: extensions.add(administrator, odd)
    yield lambda: profile.change(administrator, locale=odd, timezone=odd)
    yield lambda: sign_in.request_password_link(administrator, odd)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:20])
def test_a_value_of_any_type_is_stored_or_refused_with_an_error_of_ours(odd, world):
    for call in calls(world, odd):
        with suppress(RequestError), transaction.atomic():
            call()
