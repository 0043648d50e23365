"""Checks of a task's values and destinations, as a form, a command or a program sends them."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import time
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
from navette.services.valid_values import choice, concerning, missing, number, text, time_zone, typed

HOST = re.compile(r"\A[0-9A-Za-z.:_-]{1,253}\Z")
"""The name or the address of a server."""

HOST_KEY = re.compile(r"\A(ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+) [0-9A-Za-z+/=]{1,3000}\Z")
"""A server's public key in one line."""

_PORT = re.compile(r"\A[0-9]{1,5}\Z")
_MOST_ROWS = 2**31 - 1


def check_task(task: Task) -> None:
    """Raise RequestError for a value that no task can have."""
    task.label = text("label", task.label, 100)
    choice("frequency", task.frequency, Frequency.values)
    choice("catch_up", task.catch_up, CatchUp.values)
    choice("empty", task.empty, Empty.values)
    choice("format", task.format, FORMATS)
    task.file_name_pattern = text("file_name_pattern", task.file_name_pattern, 150)
    task.cron = text("cron", task.cron, 100) if task.cron else ""
    task.timezone = time_zone("timezone", task.timezone) if task.timezone else ""
    typed("at", task.at, time)
    if task.expected_by is not None:
        typed("expected_by", task.expected_by, time)
    for name in ("zipped", "manifest", "checksums"):
        typed(name, getattr(task, name), bool)
    if task.minimum_rows is not None:
        number("minimum_rows", task.minimum_rows, 1, _MOST_ROWS)
    for chosen in typed("exports", task.exports, list):
        _check_export(chosen)


def _check_export(chosen: dict[str, Any]) -> None:
    """Raise RequestError for a period or a time that an export does not have."""
    declared = EXPORTS[choice("exports", typed("exports", chosen, dict).get("export", ""), EXPORTS)]
    choice("exports", chosen.get("period", ""), ("", *TASK_PERIODS))
    choice("exports", chosen.get("by") or "", ("", *declared.times))
    for field in typed("exports", chosen.get("fields", []), list):
        typed("exports", field, str)


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
    """Give a destination its settings as they are stored, each of its declared type.

    Raises RequestError for a destination that is another task's, that lacks a setting, or that is not permitted.
    """
    if not destination._state.adding and destination.task_id != task.pk:
        raise RequestError("This destination belongs to another task.")
    kind, given = DESTINATIONS[choice("destinations", destination.kind, DESTINATIONS)], destination.settings
    for name in typed("destinations", given, dict):
        choice("destinations", name, [setting.name for setting in kind.settings])
    if given.get(kind.settings[0].name) in (None, ""):  # a form without it stands for no destination
        raise missing(kind.settings[0].name)
    destination.settings = {setting.name: setting_value(setting, given.get(setting.name)) for setting in kind.settings}
    for key in typed("destinations", destination.host_keys, list):
        if not HOST_KEY.match(typed("destinations", key, str)):
            raise RequestError(
                "an accepted host key cannot be read: test the connection, and accept the server's key again."
            )
    require_permitted(kind, destination.settings)


def setting_value(setting: Setting, value: Any) -> str | int:
    """The value of a setting as it is stored: of its type, or the default. Raises RequestError for a wrong one."""
    with concerning(setting.name):
        value = value.strip() if isinstance(value, str) else value
        if value in (None, ""):
            if setting.missing:
                raise RequestError(setting.missing)
            return setting.default
        return _VALUES[setting.type](setting, value)


def _text(setting: Setting, value: Any) -> str:
    return text(setting.name, value, setting.longest)


def _person(setting: Setting, value: Any) -> str:
    address = _text(setting, value).lower()  # as users' addresses are stored
    if not _recipients().filter(email=address).exists():
        raise RequestError(
            "'{address}' is not the address of a user who may export: choose somebody else.", address=address
        )
    return address


def _host(setting: Setting, value: Any) -> str:
    host = _text(setting, value)
    if not HOST.match(host):
        raise RequestError("This is not the name or the address of a server: correct it.")
    return host


def _port(setting: Setting, value: Any) -> int:
    is_decimal = isinstance(value, str) and _PORT.match(value)
    return number(setting.name, int(value) if is_decimal else value, 1, 65535)


def _directory(setting: Setting, value: Any) -> str:
    pattern = _text(setting, value)
    check_directory_pattern(pattern, OF_A_SLOT)
    return pattern


_VALUES: dict[SettingType, Callable[[Setting, Any], str | int]] = {
    SettingType.TEXT: _text,
    SettingType.HOST: _host,
    SettingType.PORT: _port,
    SettingType.DIRECTORY: _directory,
    SettingType.PERSON: _person,
}


def require_permitted(kind: DestinationKind, values: Mapping[str, Any]) -> None:
    """Raise RequestError if the installation's settings do not permit such a destination."""
    with concerning(kind.directory or kind.settings[0].name):
        try:
            kind.require_permitted(values, settings.NAVETTE)
        except RequestError:
            raise
        except NavetteError as error:
            raise RequestError(error.message) from error
