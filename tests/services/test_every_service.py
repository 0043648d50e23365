"""Every service checks the right of whoever calls it, and writes one event when it changes something."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.apps import apps

from navette import services
from navette.control.errors import ForbiddenError
from navette.control.models import Event
from navette.core.schedules import Slot
from navette.services import (
    connections,
    domain,
    extensions,
    presets,
    profile,
    roles,
    runs,
    setup,
    sign_in,
    slots,
    ssh_keys,
    stored_data,
    task_values,
    tasks,
    users,
)
from navette.services.domain import DomainValues
from navette.services.setup import Person
from navette.services.users import UserValues

pytestmark = pytest.mark.django_db

FIRST = Person("a@example.org", "A", "a long enough pass phrase")
ONE_DAY = date(2026, 3, 9), date(2026, 3, 9)
SETTINGS = DomainValues("Other", "fr", "Europe/Paris", 0, False, 30, 7, "{{export_name}}")


@dataclass(frozen=True)
class Service:
    """How a service is called, who is refused, who may do it, and the event that one call records, if it does."""

    call: Callable
    event: str = ""
    refused: tuple[str, ...] = ("stranger", "powerless")
    permitted: str = "administrator"


def own(call, event=""):
    """A service that everybody who is signed in may use."""
    return Service(call, event, refused=("stranger",))


def of_operator(call, event=""):
    """A service of the command line alone."""
    return Service(call, event, refused=("stranger", "powerless", "administrator"), permitted="operator")


def of_anybody(call, event=""):
    """A service for which nobody has to be signed in."""
    return Service(call, event, refused=(), permitted="stranger")


def values(person, **changes):
    """What a form says of a user that leaves everything as it is, with changes."""
    asked = {"name": person.name, "email": person.email, "role": person.role_id, **changes}
    return UserValues(**asked)


SERVICES = {
    "connections.check_connection": Service(
        lambda actor, world: connections.check_connection(actor, world.task, world.server, world.settings),
        "sftp_connection.tested",
    ),
    "domain.change": Service(lambda actor, _world: domain.change(actor, SETTINGS), "settings.updated"),
    "extensions.add": Service(lambda actor, _: extensions.add(actor, "reply_assistant"), "extension.created"),
    "extensions.remove": Service(lambda actor, _: extensions.remove(actor, "automatic_exports"), "extension.destroyed"),
    "presets.save": Service(lambda actor, world: presets.save(actor, "New", world.request()), "preset.created"),
    "presets.delete": Service(lambda actor, world: presets.delete(actor, world.preset), "preset.destroyed"),
    "profile.change": own(lambda actor, _world: profile.change(actor, locale="fr"), "user.updated"),
    "roles.add": Service(lambda actor, _world: roles.add(actor, "New", ["read_export"]), "role.created"),
    "roles.change": Service(lambda actor, world: roles.change(actor, world.spare_role, "Other", []), "role.updated"),
    "roles.delete": Service(lambda actor, world: roles.delete(actor, world.spare_role), "role.destroyed"),
    "runs.prepared": Service(lambda actor, world: runs.prepared(actor, world.request(), world.settings)),
    "runs.preview": Service(
        lambda actor, world: runs.preview(actor, world.request("identities", fields=("email",)), world.settings),
        "export.previewed",
    ),
    "runs.request_run": Service(
        lambda actor, world: runs.request_run(actor, world.request(), world.settings), "export.requested"
    ),
    "runs.run_again": Service(
        lambda actor, world: runs.run_again(actor, world.ended, world.settings), "export.requested"
    ),
    "runs.cancel": Service(lambda actor, world: runs.cancel(actor, world.queued), "export.cancelled"),
    "runs.send_again": Service(lambda actor, world: runs.send_again(actor, world.mail), "export.sent_again"),
    "runs.revoke_link": Service(lambda actor, world: runs.revoke_link(actor, world.mail), "export.link_revoked"),
    "runs.file_of": Service(lambda actor, world: runs.file_of(actor, world.ended, world.settings)),
    "runs.file_of_link": Service(lambda actor, world: runs.file_of_link(actor, world.mail, world.settings)),
    "runs.record_download": Service(
        lambda actor, world: runs.record_download(actor, world.ended, range(3)), "export.downloaded"
    ),
    "runs.require_seen": Service(lambda actor, world: runs.require_seen(actor, world.ended)),
    "runs.require_file": Service(lambda actor, world: runs.require_file(actor, world.ended)),
    "setup.make_tables": of_operator(lambda actor, _world: setup.make_tables(actor)),
    "setup.make_domain": of_operator(lambda actor, world: setup.make_domain(actor, world.settings)),
    "setup.renew_secrets": of_operator(lambda actor, _world: setup.renew_secrets(actor), "secrets.updated"),
    "setup.check_tables": of_operator(lambda actor, _world: setup.check_tables(actor)),
    "setup.needs_administrator": of_operator(lambda actor, _world: setup.needs_administrator(actor)),
    "setup.make_administrator": of_operator(
        lambda actor, _world: setup.make_administrator(actor, FIRST),
        "user.created",
    ),
    "sign_in.record_sign_in": own(lambda actor, _world: sign_in.record_sign_in(actor), "session.created"),
    "sign_in.record_sign_out": own(lambda actor, _world: sign_in.record_sign_out(actor, "idle"), "session.destroyed"),
    "sign_in.record_password_change": own(
        lambda actor, _world: sign_in.record_password_change(actor), "password.updated"
    ),
    "sign_in.record_second_factor": own(
        lambda actor, _world: sign_in.record_second_factor(actor, "totp", is_removed=True), "security.updated"
    ),
    "sign_in.record_lock": of_anybody(
        lambda actor, world: sign_in.record_lock(actor, world.person.email), "security.updated"
    ),
    # Not recorded: the audit log would keep what anybody types, and who has an account.
    "sign_in.request_password_link": of_anybody(
        lambda actor, world: sign_in.request_password_link(actor, world.person.email)
    ),
    "slots.slots_within": Service(lambda actor, world: slots.slots_within(actor, world.task, *ONE_DAY)),
    "slots.size_of_slot": Service(
        lambda actor, world: slots.size_of_slot(actor, world.task, Slot(world.slot.at, world.slot.day), world.settings)
    ),
    "slots.run_now": Service(lambda actor, world: slots.run_now(actor, world.task), "export.requested"),
    "slots.backfill": Service(lambda actor, world: slots.backfill(actor, world.task, *ONE_DAY), "export.requested"),
    "slots.replay": Service(lambda actor, world: slots.replay(actor, world.slot), "export.requested"),
    "slots.resendable": Service(lambda actor, world: slots.resendable(actor, world.slot)),
    "slots.send_again": Service(lambda actor, world: slots.send_again(actor, world.delivery), "export.sent_again"),
    "ssh_keys.public_keys": Service(lambda actor, _world: ssh_keys.public_keys(actor)),
    "ssh_keys.rotate": of_operator(lambda actor, _world: ssh_keys.rotate(actor, "ed25519"), "ssh_key.created"),
    "ssh_keys.remove": of_operator(
        lambda actor, world: ssh_keys.remove(actor, world.pair.fingerprint), "ssh_key.destroyed"
    ),
    "stored_data.record_load": of_operator(
        lambda actor, _world: stored_data.record_load(actor, "files", {"inserted": 1}), "data_store.loaded"
    ),
    "stored_data.record_vacuum": of_operator(
        lambda actor, _world: stored_data.record_vacuum(actor, 168, 3), "data_store.vacuumed"
    ),
    "task_values.recipients": Service(lambda actor, _world: task_values.recipients(actor)),
    "tasks.require_tasks": Service(lambda actor, _world: tasks.require_tasks(actor)),
    "tasks.save": Service(
        lambda actor, world: tasks.save(actor, world.task, list(world.task.destinations.all())),
        "automatic_exports_task.updated",
    ),
    "tasks.switch": Service(
        lambda actor, world: tasks.switch(actor, world.task, on=False), "automatic_exports_task.updated"
    ),
    "tasks.duplicate": Service(
        lambda actor, world: tasks.duplicate(actor, world.task), "automatic_exports_task.created"
    ),
    "tasks.remove": Service(lambda actor, world: tasks.remove(actor, world.task), "automatic_exports_task.destroyed"),
    "users.add": Service(
        lambda actor, world: users.add(actor, values(world.person, email="new@example.org")), "user.created"
    ),
    "users.change": Service(
        lambda actor, world: users.change(actor, world.person, values(world.person, name="Other")), "user.updated"
    ),
    "users.make_password_link": Service(
        lambda actor, world: users.make_password_link(actor, world.person),
        "user.password_recovery_instructions_sent",
    ),
    "users.mail_password_link": Service(
        lambda actor, world: users.mail_password_link(actor, world.person),
        "user.password_recovery_instructions_sent",
    ),
    "users.remove_second_factor": Service(
        lambda actor, world: users.remove_second_factor(actor, world.person), "security.updated"
    ),
}

PARTS = {
    "runs.may_send_again",
    *("task_values.check_task", "task_values.check_destination", "task_values.check_destinations"),
    *("task_values.most_of", "task_values.require_permitted", "task_values.setting_value"),
}
"""What has no actor, as it neither reads nor changes anything but says what holds of the rows that it is given."""

NOT_HERE = {"setup.make_administrator"}
"""Only for an installation without users: the tests of ``navette init`` call it."""


def public_functions():
    """The public functions of the services, but for the checks of single values."""
    names = {module.name for module in iter_modules(services.__path__)} - {"valid_values"}
    for name in names:
        module = import_module(f"navette.services.{name}")
        for function, value in inspect.getmembers(module, inspect.isfunction):
            if value.__module__ == module.__name__ and not function.startswith("_"):
                yield f"{name}.{function}", value


def everything():
    """Every row of the control database."""
    models = [model for label in ("control", "mfa", "sessions") for model in apps.get_app_config(label).get_models()]
    return {model.__name__: sorted(map(repr, model.objects.values_list())) for model in models}


def test_every_public_function_of_the_services_stands_in_the_table():
    assert {name for name, _function in public_functions()} == SERVICES.keys() | PARTS


def test_every_service_takes_the_actor_first():
    for name, function in public_functions():
        if name in SERVICES:
            assert next(iter(inspect.signature(function).parameters)).strip("_") == "actor", name


@pytest.mark.parametrize(
    ("name", "who"), [(name, who) for name, service in SERVICES.items() for who in service.refused]
)
def test_whoever_lacks_the_right_changes_nothing_and_leaves_no_event(name, who, world):
    before = everything()
    with pytest.raises(ForbiddenError):
        SERVICES[name].call(world.actors[who], world)
    assert everything() == before


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - NOT_HERE))
def test_whoever_has_the_right_leaves_one_event_of_what_they_change(name, world):
    service, last = SERVICES[name], Event.objects.order_by("number").last()
    service.call(world.actors[service.permitted], world)
    events = Event.objects.filter(number__gt=last.number)
    assert [event.name for event in events] == [service.event] * bool(service.event)
