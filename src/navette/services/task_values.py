"""Checks of a task's values and destinations, as a form, a command or a program sends them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from navette.automation.task_plan import OF_A_SLOT
from navette.catalogue.exports import EXPORTS
from navette.control.actor import Actor
from navette.control.models import CatchUp, Destination, Empty, Frequency, Role, Task, User
from navette.control.permissions import require
from navette.core.errors import NavetteError, RequestError
from navette.core.name_patterns import check_directory_pattern
from navette.core.periods import TASK_PERIODS
from navette.destinations import DESTINATIONS, DestinationKind, Setting, SettingType
from navette.formats import FORMATS
from navette.services.valid_values import choice, concerning, missing, number, text, time_zone

HOST = re.compile(r"\A[0-9A-Za-z.:_-]{1,253}\Z")
"""The name or the address of a server."""

HOST_KEY = re.compile(r"\A(ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+) [0-9A-Za-z+/=]{1,3000}\Z")
"""A server's public key in one line."""

_MOST_ROWS = 2**31 - 1


def check_task(task: Task) -> None:
    """Raise RequestError for a value that no task can have."""
    task.label = text("label", task.label, 100)
    choice("frequency", task.frequency, Frequency.values)
    choice("catch_up", task.catch_up, CatchUp.values)
    choice("empty", task.empty, Empty.values)
    choice("format", task.format, FORMATS)
    task.file_name_pattern = text("file_name_pattern", task.file_name_pattern, 150)
    if task.cron:
        task.cron = text("cron", task.cron, 100)
    if task.timezone:
        task.timezone = time_zone("timezone", task.timezone)
    if task.minimum_rows is not None:
        number("minimum_rows", task.minimum_rows, 1, _MOST_ROWS)
    for chosen in task.exports:
        _check_export(chosen)


def _check_export(chosen: dict[str, Any]) -> None:
    """Raise RequestError for a period or a time that an export does not have."""
    declared = EXPORTS[choice("exports", chosen.get("export", ""), EXPORTS)]
    choice("exports", chosen.get("period", ""), ("", *TASK_PERIODS))
    choice("exports", chosen.get("by") or "", ("", *declared.times))


def check_destinations(destinations: Sequence[Destination], task: Task) -> None:
    """Raise RequestError like ``check_destination``, and if there are too many of one kind."""
    for destination in destinations:
        check_destination(destination, task)
    for name, count in Counter(destination.kind for destination in destinations).items():
        kind = DESTINATIONS[name]
        if not kind.person and count > most_of(kind):
            raise RequestError(
                "the task has too many destinations of the same kind: remove some. At most {most} can be saved.",
                most=most_of(kind),
            )


def most_of(kind: DestinationKind) -> int:
    """The most destinations of a kind that a task may have; the number of recipients is not limited."""
    return kind.several.most if kind.several else 1


def recipients(actor: Actor) -> QuerySet[User]:
    """The users to whom tasks may mail files. Raises ForbiddenError."""
    require(actor.user, "manage_automatic_exports")
    return _recipients()


def _recipients() -> QuerySet[User]:
    exporting = [role for role in Role.objects.all() if "read_export" in role.permissions]
    return User.objects.filter(is_active=True, role__in=exporting)


def check_destination(destination: Destination, task: Task) -> None:
    """Raise RequestError for a destination that is another task's, that lacks a setting, or that is not permitted."""
    if not destination._state.adding and destination.task_id != task.pk:
        raise RequestError("This destination belongs to another task.")
    kind = DESTINATIONS[choice("destinations", destination.kind, DESTINATIONS)]
    for name in destination.settings:
        choice("destinations", name, [setting.name for setting in kind.settings])
    if kind.person:  # users are found by their address as it is stored
        address = str(destination.settings.get(kind.person, "")).strip().lower()
        destination.settings = {**destination.settings, kind.person: address}
    if not destination.settings.get(kind.settings[0].name):  # a form without it stands for no destination
        raise missing(kind.settings[0].name)
    for setting in kind.settings:
        _check_setting(setting, destination.settings.get(setting.name) or setting.default)
    for key in destination.host_keys:
        if not HOST_KEY.match(key):
            raise RequestError(
                "an accepted host key cannot be read: test the connection, and accept the server's key again."
            )
    _require_permitted(destination)


def _check_setting(setting: Setting, value: Any) -> None:
    with concerning(setting.name):
        if value == "":
            if setting.missing:
                raise RequestError(setting.missing)
            return
        _CHECKS[setting.type](setting, value)


def _check_text(setting: Setting, value: Any) -> None:
    text(setting.name, str(value), setting.longest)


def _check_person(_setting: Setting, value: Any) -> None:
    if not _recipients().filter(email=value).exists():
        raise RequestError(
            "'{address}' is not the address of a user who may export: choose somebody else.", address=value
        )


def _check_host(_setting: Setting, value: Any) -> None:
    if not HOST.match(str(value)):
        raise RequestError("This is not the name or the address of a server: correct it.")


def _check_port(setting: Setting, value: Any) -> None:
    number(setting.name, int(value) if str(value).isdecimal() else 0, 1, 65535)


def _check_directory(setting: Setting, value: Any) -> None:
    _check_text(setting, value)
    check_directory_pattern(str(value), OF_A_SLOT)


_CHECKS: dict[SettingType, Callable[[Setting, Any], None]] = {
    SettingType.TEXT: _check_text,
    SettingType.HOST: _check_host,
    SettingType.PORT: _check_port,
    SettingType.DIRECTORY: _check_directory,
    SettingType.PERSON: _check_person,
}


def _require_permitted(destination: Destination) -> None:
    """Raise RequestError if the installation's settings do not permit such a destination."""
    kind = DESTINATIONS[destination.kind]
    with concerning(kind.directory or kind.settings[0].name):
        try:
            kind.require_permitted(destination.settings, settings.NAVETTE)
        except RequestError:
            raise
        except NavetteError as error:
            raise RequestError(error.message) from error
